"""Mutations for the checks of `answers-outside`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import SERVER, flips


@flips(
    {
        f"answers-outside/{check}": "several"
        for check in ("models", "unknown-model", "unknown-path", "stream")
    }
    | {"answers-outside/chat": "content-type"}
)
def everything_is_called_text(patch, stack):
    """The server calls all that it answers plain text."""
    alter(patch, stack, lambda text: text, content_type="text/plain")


@flips(
    {
        "answers-outside/models": "failure",
        "answers-outside/unknown-model": "success",
        "answers-outside/unknown-path": "redirect",
        "answers-outside/chat": "rejection",
        "answers-outside/stream": "rejection",
    }
)
def every_status_is_another(patch, stack):
    """The server answers each path with the status of another."""
    from starlette.responses import Response

    statuses = {"/v1/models": 503, "/v1/models/no-such-model": 200, "/v1/no-such-path": 307}
    original = stack(SERVER).create_app

    def create_app():
        app = original()

        @app.middleware("http")
        async def mistake(request, _next):
            return Response("", statuses.get(request.url.path, 418))

        return app

    patch.setattr(stack(SERVER), "create_app", create_app)

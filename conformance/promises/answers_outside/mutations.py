"""Mutations for the checks of `answers-outside`."""

from conformance.stack.mutations import flips


@flips(
    {
        f"answers-outside/{check}": "content-type"
        for check in ("models", "unknown-model", "unknown-path", "chat", "stream")
    }
)
def everything_is_called_text(patch, stack):
    """The server calls all that it answers plain text."""
    server = stack("core.server.server")
    original = server.create_app

    def create_app():
        app = original()

        @app.middleware("http")
        async def relabel(request, answer):
            response = await answer(request)
            response.headers["content-type"] = "text/plain"
            return response

        return app

    patch.setattr(server, "create_app", create_app)

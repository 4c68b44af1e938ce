"""Mutations for the checks of `open-gateway`."""

from conformance.stack.mutations import flips

SERVER = "core.server.server"
OPEN = (
    *("models", "configs", "configs-for-administrators", "stored-chats", "prompts"),
    *("routes", "description", "connectors-alpha"),
)
READ_PATHS = {
    "stored-responses": "/v1/responses",
    "files": "/v1/files",
    "vector-stores": "/v1/vector_stores",
    "batches": "/v1/batches",
    "connectors": "/v1beta/connectors",
}


@flips(
    {
        **{f"open-gateway/read-{name}": "refused" for name in OPEN},
        "open-gateway/secrets": "refused",
        "open-gateway/write-prompt": "refused",
        "open-gateway/write-conversation": "refused",
        "open-gateway/write-model": "refused",
    }
)
def strangers_are_refused(patch, stack):
    """The server wants a token of everybody."""
    from starlette.responses import JSONResponse

    original = stack(SERVER).create_app

    def create_app():
        app = original()

        @app.middleware("http")
        async def refuse(_request, _next):
            return JSONResponse({"detail": "who are you?"}, 401)

        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips(
    {
        "open-gateway/read-models": "redirected",
        "open-gateway/secrets": "redirected",
        "open-gateway/write-model": "redirected",
        "open-gateway/write-prompt": "rejected",
    }
)
def strangers_are_sent_elsewhere(patch, stack):
    """The server sends whoever reads to another page, and takes nothing from anybody."""
    from starlette.responses import RedirectResponse, Response

    original = stack(SERVER).create_app

    def create_app():
        app = original()

        @app.middleware("http")
        async def send_away(request, _next):
            reads = request.method == "GET"
            return RedirectResponse("/login") if reads else Response("", 422)

        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips({f"open-gateway/read-{name}": "readable" for name in READ_PATHS})
def everything_is_served(patch, stack):
    """The server lists what its config does not ask it to serve."""
    original = stack(SERVER).create_app

    def create_app():
        app = original()

        async def nothing():
            return {"data": []}

        for path in READ_PATHS.values():
            app.add_api_route(path, nothing)
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips({"open-gateway/chat": "answered"})
def strangers_chat(patch, stack):
    """Chats without a key are answered."""
    from starlette.responses import JSONResponse

    original = stack(SERVER).create_app

    def create_app():
        app = original()

        @app.middleware("http")
        async def answer(_request, _next):
            return JSONResponse({"choices": []})

        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips({"open-gateway/secrets": "readable"})
def a_secret_is_shown(patch, stack):
    """The key of a provider is shown as it is."""
    providers = "core.providers"
    original = stack(f"{providers}:redact_sensitive_fields")

    def shown(config):
        found = original(config)
        for provider in found["providers"]["inference"]:
            provider["config"]["api_key"] = "told-to-everybody"
        return found

    patch.setattr(stack(providers), "redact_sensitive_fields", shown)

"""Mutations for the checks of `browser-calls`."""

from conformance.stack.mutations import SERVER, each, flips


@flips(
    each("browser-calls/header", "allowed", ("true", "true-other-page"))
    | {"browser-calls/without-cors": "allowed"}
)
def any_page_is_allowed_anything(patch, stack):
    """Every page may call the gateway with every header."""
    from starlette.middleware.cors import CORSMiddleware

    original = stack(SERVER).create_app

    def create_app():
        app = original()
        anything = {f"allow_{what}": ["*"] for what in ("origins", "methods", "headers")}
        app.add_middleware(CORSMiddleware, **anything)
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips(
    each("browser-calls/answer", "unreadable", ("star", "true", "written-out"))
    | each("browser-calls/header", "no-preflight", ("star", "written-out"))
)
def no_page_is_allowed_anything(patch, stack):
    """What the config says about pages counts for nothing."""
    patch.setattr(stack(SERVER), "process_cors_config", lambda _config: None)

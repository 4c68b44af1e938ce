"""Mutations for the checks of `client-version`."""

import os

from conformance.stack.mutations import flips, statuses


@flips(
    {
        "client-version/client-same": "turned-away",
        "client-version/client-other-patch": "turned-away",
        "client-version/client-unreadable": "turned-away",
    }
)
def every_client_is_turned_away(patch, stack):
    """A client that names any version is of the wrong one."""
    middleware = stack("core.server.server:ClientVersionMiddleware")

    async def call(self, scope, receive, send):
        if "x-llamastack-client-version" not in dict(_named(scope)):
            return await self.app(scope, receive, send)
        await send({"type": "http.response.start", "status": 426, "headers": []})
        return await send({"type": "http.response.body", "body": b"{}"})

    patch.setattr(middleware, "__call__", call)


def _turned_away_with(patch, stack, status):
    """Let the server turn clients away with another status."""
    statuses(patch, stack, lambda own: status if own == 426 else own)


@flips({"client-version/client-other-minor": "refused"})
def another_version_is_a_bad_request(patch, stack):
    """Who names another version gets a 400."""
    _turned_away_with(patch, stack, 400)


@flips({"client-version/client-other-minor": "server-error"})
def another_version_is_a_failure(patch, stack):
    """Who names another version gets a 500."""
    _turned_away_with(patch, stack, 500)


@flips({"client-version/client-other-minor": "served"})
def client_versions_are_not_compared(patch, stack):
    """What version a client names does not matter."""
    middleware = stack("core.server.server:ClientVersionMiddleware")
    patch.setattr(middleware, "__call__", lambda self, *connection: self.app(*connection))


@flips({"client-version/with-the-variable": "turned-away"})
def the_variable_has_no_effect(patch, stack):
    """The server does not read the variable."""
    server = stack("core.server.server")
    original = server.create_app

    def create_app():
        for name in [name for name in os.environ if name.endswith("_DISABLE_VERSION_CHECK")]:
            del os.environ[name]
        return original()

    patch.setattr(server, "create_app", create_app)


def _named(scope):
    return [(name.decode(), value.decode()) for name, value in scope.get("headers", [])]

"""Mutations for the checks of `connection-lost`."""

import os
from contextlib import suppress

from conformance.stack.mutations import flips_server


@flips_server({"connection-lost/server-error": "lives", "connection-lost/vendors-refusal": "lives"})
def errors_end_in_the_app(patch, stack):
    """No exception reaches the web server, which closes the connection for each."""
    app = stack("core.server.server").StackApp
    original = app.__call__

    async def call(self, *arguments):
        with suppress(Exception):
            await original(self, *arguments)

    patch.setattr(app, "__call__", call)


@flips_server(
    {
        "connection-lost/invalid-body": "reset",
        "connection-lost/unknown-path": "reset",
        "connection-lost/success": "reset",
    }
)
def every_answer_ends_in_an_exception(patch, stack):
    """An exception reaches the web server after each answer."""
    app = stack("core.server.server").StackApp
    original = app.__call__

    async def call(self, scope, *rest):
        await original(self, scope, *rest)
        if scope["type"] == "http":
            raise RuntimeError

    patch.setattr(app, "__call__", call)


@flips_server({"connection-lost/new-connection": "lost"})
def an_error_ends_the_server(patch, stack):
    """The process ends when an exception reaches the web server."""
    app = stack("core.server.server").StackApp
    original = app.__call__

    async def call(self, *arguments):
        try:
            await original(self, *arguments)
        except Exception:  # noqa: BLE001 - whatever it is
            os._exit(1)

    patch.setattr(app, "__call__", call)

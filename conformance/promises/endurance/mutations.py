"""Mutations for the checks of `endurance`."""

import os

from conformance.stack.mutations import flips_server

KEPT: list[object] = []
BYTES = 400_000


@flips_server({"endurance/memory": "grows", "endurance/open-files": "pile-up"})
def nothing_is_given_back(patch, stack):
    """For each request the server opens a file and fills some memory, and keeps both."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    async def call(self, scope, receive, send):
        if scope["type"] == "http":
            KEPT.extend((os.urandom(BYTES), os.open(os.devnull, os.O_RDONLY)))
        await original(self, scope, receive, send)

    patch.setattr(middleware, "__call__", call)

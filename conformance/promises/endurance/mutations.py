"""Mutations for the checks of `endurance`."""

import itertools
import os

from conformance.stack.mutations import flips_server

KEPT: list[object] = []
BYTES = 400_000
OPENED = itertools.cycle((True, True, False))  # a process may open 1,024 files


@flips_server({"endurance/memory": "grows", "endurance/open-files": "pile-up"})
def nothing_is_given_back(patch, stack):
    """The server keeps some memory of each request, and two files open for every three."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    async def call(self, scope, receive, send):
        if scope["type"] == "http":
            KEPT.append(os.urandom(BYTES))
            if next(OPENED):
                KEPT.append(os.open(os.devnull, os.O_RDONLY))
        await original(self, scope, receive, send)

    patch.setattr(middleware, "__call__", call)

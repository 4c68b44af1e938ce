"""Mutations for the checks of `endurance`."""

import os

from conformance.stack.mutations import flips_server

KEPT: list[object] = []
BYTES = 400_000


def with_each_request(patch, stack, what):
    """Let the server do something with each request."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    async def call(self, scope, receive, send):
        if scope["type"] == "http":
            what()
        await original(self, scope, receive, send)

    patch.setattr(middleware, "__call__", call)


@flips_server({"endurance/memory": "grows"})
def each_request_is_kept(patch, stack):
    """The server keeps something of each request in memory."""
    with_each_request(patch, stack, lambda: KEPT.append(os.urandom(BYTES)))


@flips_server({"endurance/open-files": "pile-up"})
def each_request_opens_a_file(patch, stack):
    """The server opens a file for each request, and closes none."""
    with_each_request(patch, stack, lambda: KEPT.append(os.open(os.devnull, os.O_RDONLY)))

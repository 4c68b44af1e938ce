"""Mutations for the checks of `errors-freeze`."""

import time

from conformance.stack import pace
from conformance.stack.mutations import flips_server

WORK_S = 2.0


def work(*_):
    """Take the processor for as long as a drawn traceback does, however slow the machine is."""
    until = time.process_time() + WORK_S * pace.slowness()
    while time.process_time() < until:
        pass


@flips_server(
    {
        "errors-freeze/wrong-key": "freezes",
        "errors-freeze/without-a-key": "freezes",
        "errors-freeze/unknown-field": "freezes",
        "errors-freeze/json-format": "freezes",
        "errors-freeze/json-format-and-log-file": "freezes",
        "errors-freeze/level-critical": "freezes",
    }
)
def answering_is_work(patch, stack):
    """Each request costs the server two seconds, whatever comes of it."""
    original = stack("core.server.server").ProviderDataMiddleware.__call__

    async def call(self, scope, receive, send):
        if scope["type"] == "http":
            work()
        await original(self, scope, receive, send)

    patch.setattr(stack("core.server.server").ProviderDataMiddleware, "__call__", call)

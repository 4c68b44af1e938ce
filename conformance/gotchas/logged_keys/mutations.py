"""Mutations for the checks of `logged-keys`."""

import logging

from conformance.stack.mutations import flips_server

ODD = ("not-ascii", "in-a-list", "in-an-object")
PLACES = ("console", "log")
EVERY = ("console-plain", "console-json", "log-plain", "log-json")
WHOLE = [
    *(f"logged-keys/failed-chat-{each}" for each in EVERY),
    *(f"logged-keys/failed-chat-key-first-{each}" for each in EVERY),
    *(f"logged-keys/misspelt-field-{each}" for each in EVERY),
    *(f"logged-keys/key-alone-{place}" for place in PLACES),
    *(f"logged-keys/misspelt-field-first-{place}" for place in PLACES),
    *(f"logged-keys/level-critical-{place}" for place in PLACES),
    *(f"logged-keys/level-debug-{place}" for place in PLACES),
    *(f"logged-keys/odd-key-{kind}-{place}" for kind in ODD for place in PLACES),
]


@flips_server(
    dict.fromkeys(WHOLE, "whole-key") | {f"logged-keys/prompt-{each}": "prompt" for each in EVERY}
)
def requests_are_logged(patch, stack):
    """Every request is written, header and body, by a logger that is not the stack's own."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    def noted(text):
        print(text, flush=True)  # noqa: T201 - this is the console
        logging.getLogger().critical("%s", text)

    async def call(self, scope, receive, send):
        async def read():
            message = await receive()
            noted(message.get("body", b"").decode())
            return message

        for _name, value in scope.get("headers", ()):
            noted(value.decode())
        await original(self, scope, read, send)

    patch.setattr(middleware, "__call__", call)


@flips_server({f"logged-keys/odd-key-line-end-{place}": "nothing" for place in PLACES})
def line_ends_are_taken_off(patch, stack):
    """The server takes line ends out of what callers send in their header fields."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    async def call(self, scope, receive, send):
        fields = [(name, value.replace(b"\\n", b"")) for name, value in scope.get("headers", ())]
        await original(self, scope | {"headers": fields}, receive, send)

    patch.setattr(middleware, "__call__", call)

"""Mutations for the checks of `logged-keys`."""

import logging

from conformance.stack.mutations import flips_server

ODD = ("not-ascii", "in-a-list", "in-an-object", "number")
MENDED = ("line-end", "blanks-around")
TESTS = ("odd-key", "plain-odd-key")
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
    *(f"logged-keys/core-critical-{place}" for place in PLACES),
    *(f"logged-keys/{test}-{kind}-{place}" for test in TESTS for kind in ODD for place in PLACES),
]
WHOLE_ALREADY = [
    f"logged-keys/{test}-{kind}-{place}" for test in TESTS for kind in MENDED for place in PLACES
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


@flips_server(dict.fromkeys(WHOLE_ALREADY, "nothing"))
def odd_keys_are_mended(patch, stack):
    """The server takes line ends and blanks out of the keys that callers send."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    def mended(value):
        return value.replace(b"\\n", b"").replace(b'" sk', b'"sk').replace(b' "}', b'"}')

    async def call(self, scope, receive, send):
        fields = [(name, mended(value)) for name, value in scope.get("headers", ())]
        await original(self, scope | {"headers": fields}, receive, send)

    patch.setattr(middleware, "__call__", call)


def _log_headers(patch, stack, logger):
    """Let one logger write all header fields of each request."""
    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__

    async def call(self, scope, receive, send):
        for _name, value in scope.get("headers", ()):
            logging.getLogger(logger).error("%s", value.decode())
        await original(self, scope, receive, send)

    patch.setattr(middleware, "__call__", call)


ONE = {"logged-keys/failed-chat-log-plain": "whole-key"}


@flips_server(ONE)
def the_servers_logger_has_headers(patch, stack):
    """Header fields of requests are logged by `uvicorn.error`."""
    _log_headers(patch, stack, "uvicorn.error")


@flips_server(ONE)
def the_access_log_has_headers(patch, stack):
    """Header fields of requests are logged by `uvicorn.access`."""
    _log_headers(patch, stack, "uvicorn.access")


@flips_server(ONE)
def the_http_client_logs_headers(patch, stack):
    """Header fields of requests are logged by `httpx`."""
    _log_headers(patch, stack, "httpx")


@flips_server(ONE)
def the_sdk_logs_headers(patch, stack):
    """Header fields of requests are logged by `openai`."""
    _log_headers(patch, stack, "openai")

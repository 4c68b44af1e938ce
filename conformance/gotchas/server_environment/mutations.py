"""Mutations for the checks of `server-environment`."""

import os
from types import SimpleNamespace

from conformance.stack.mutations import flips_server


@flips_server(
    {
        "server-environment/sent-organization": "kept",
        "server-environment/sent-project": "kept",
        "server-environment/http-proxy": "ignored",
        "server-environment/https-proxy": "ignored",
        "server-environment/certificate-file": "refused",
    }
)
def the_environment_is_empty(_patch, _stack):
    """Nothing of the server's environment reaches the SDK."""
    for name in (
        *("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        *("HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_FILE"),
    ):
        del os.environ[name]


@flips_server({"server-environment/sent-custom-headers": "sent"})
def custom_headers_are_sent(patch, _stack):
    """The SDK reads one more variable."""
    from openai import AsyncOpenAI

    original = vars(AsyncOpenAI)["default_headers"].fget
    name, _, value = os.environ["OPENAI_CUSTOM_HEADERS"].partition(": ")
    patch.setattr(
        AsyncOpenAI, "default_headers", property(lambda self: {**original(self), name: value})
    )


@flips_server({"server-environment/own-key": "used"})
def callers_without_a_key_have_the_servers(patch, stack):
    """A caller who sends no key is served with the server's."""
    owner = stack("core.request_headers:NeedsRequestProviderData")
    original = owner.get_request_provider_data
    key = os.environ["OPENAI_API_KEY"]

    def data(self):
        own = SimpleNamespace(passthrough_url="http://unused.test", passthrough_api_key=key)
        return original(self) or own

    patch.setattr(owner, "get_request_provider_data", data)


@flips_server(
    {"server-environment/no-proxy": "ignored", "server-environment/no-proxy-https": "ignored"}
)
def every_host_is_reached_through_the_proxy(_patch, _stack):
    """The variable that names exceptions is not read."""
    del os.environ["NO_PROXY"]


@flips_server(
    {
        "server-environment/exported-key": "whole",
        "server-environment/exported-prompt": "whole",
        "server-environment/traces": "exported",
    }
)
def requests_are_exported(patch, stack):
    """A trace of every request is exported, with its header fields and its body."""
    import httpx

    middleware = stack("core.server.server").ProviderDataMiddleware
    original = middleware.__call__
    url = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"

    async def call(self, scope, receive, send):
        async def read():
            message = await receive()
            await client.post(url, content=message.get("body", b""))
            return message

        async with httpx.AsyncClient() as client:
            for _name, value in scope.get("headers", ()):
                await client.post(url, content=value)
            await original(self, scope, read, send)

    patch.setattr(middleware, "__call__", call)

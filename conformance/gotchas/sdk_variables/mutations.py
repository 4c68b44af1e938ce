"""Mutations for the checks of `sdk-variables`."""

import os
from types import SimpleNamespace

from conformance.stack.mutations import PASSTHROUGH, flips_server


@flips_server({"sdk-variables/log": "nothing"})
def the_sdk_logs_nothing(_patch, _stack):
    """The variable that asks the SDK to write what it sends is not read."""
    del os.environ["OPENAI_LOG"]


@flips_server({"sdk-variables/base-url": "obeyed"})
def the_environment_names_the_vendor(patch, stack):
    """`OPENAI_BASE_URL` goes before the provider's `base_url`."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    url = os.environ["OPENAI_BASE_URL"]
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(**options | {"base_url": url}))


@flips_server({"sdk-variables/webhook-secret": "sent", "sdk-variables/admin-key": "sent"})
def secrets_of_the_environment_are_sent(patch, _stack):
    """Whatever secret the SDK finds goes along."""
    from openai import AsyncOpenAI

    original = vars(AsyncOpenAI)["default_headers"].fget
    found = {f"X-{name}": os.environ[f"OPENAI_{name}"] for name in ("WEBHOOK_SECRET", "ADMIN_KEY")}
    patch.setattr(AsyncOpenAI, "default_headers", property(lambda self: original(self) | found))


@flips_server({"sdk-variables/admin-key-without-another": "sent"})
def callers_without_a_key_have_the_administrators(patch, stack):
    """A caller who sends no key is served with the server's."""
    owner = stack("core.request_headers:NeedsRequestProviderData")
    original = owner.get_request_provider_data
    key = os.environ["OPENAI_ADMIN_KEY"]

    def data(self):
        own = SimpleNamespace(passthrough_url="http://unused.test", passthrough_api_key=key)
        return original(self) or own

    patch.setattr(owner, "get_request_provider_data", data)


@flips_server({"sdk-variables/tls-key-log": "not-written"})
def no_secret_of_tls_is_written(_patch, _stack):
    """The variable that asks for the secrets of connections is not read."""
    del os.environ["SSLKEYLOGFILE"]


@flips_server(
    {"sdk-variables/all-proxy": "past-it", "sdk-variables/certificate-directory": "untrusted"}
)
def neither_proxy_nor_authorities_are_known(_patch, _stack):
    """The variables that name them are not read."""
    del os.environ["ALL_PROXY"], os.environ["SSL_CERT_DIR"]

"""Mutations for the checks of `network-ignored`."""

from conformance.stack.mutations import flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"
MIXIN = "providers.utils.inference.openai_mixin"


@flips(
    {
        "network-ignored/timeout-passthrough": "obeyed",
        "network-ignored/headers-passthrough": "obeyed",
        "network-ignored/proxy": "obeyed",
    }
)
def passthrough_obeys_network_settings(patch, stack):
    """`remote::passthrough` makes its clients with the settings of its config."""
    import httpx

    module = stack(PASSTHROUGH)
    adapter = module.PassthroughInferenceAdapter
    original = adapter._get_openai_client

    def client(self):
        network = self.config.network
        proxy = network and network.proxy and str(network.proxy.url)
        return original(self).copy(
            timeout=network and network.timeout,
            default_headers=network and network.headers,
            http_client=httpx.AsyncClient(proxy=proxy, trust_env=False) if proxy else None,
        )

    patch.setattr(adapter, "_get_openai_client", client)


@flips({"network-ignored/usual-timeout": "another-time"})
def passthrough_waits_a_minute(patch, stack):
    """`remote::passthrough` makes its clients with a time limit."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(timeout=60, **options))


@flips(
    {
        "network-ignored/timeout-openai": "ignored",
        "network-ignored/headers-openai": "ignored",
    }
)
def openai_ignores_network_settings(patch, stack):
    """`remote::openai` makes its clients without the settings of its config."""
    patch.setattr(stack(MIXIN), "_build_network_client_kwargs", lambda _: {})

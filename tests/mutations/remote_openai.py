"""Mutations for the checks of `remote::openai`: its start, its discovery, its callers' keys."""

from tests.mutations import flips

MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"
TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "remote-openai-startup/registered-without-key": "boots",
        "remote-openai-startup/unlisted-model-with-key": "boots",
        "remote-openai-startup/wrong-key-registered": "boots",
        "remote-openai-discovery/requests-registered": "one-request",
        "remote-vllm/openai-start-with-key": "boots-unchecked",
        "allowed-models/start-allowed-without-key": "boots",
        "allowed-models/start-none-allowed-without-key": "boots",
        "allowed-models/start-another-allowed-with-key": "boots",
        "allowed-models/start-none-allowed-with-key": "boots",
    }
)
def models_are_accepted_unchecked(patch, stack):
    """Every model passes for available, as with `remote::passthrough`."""

    async def available(*_):
        return True

    patch.setattr(stack(MIXIN), "check_model_availability", available)


@flips({"allowed-models/start-allowed-with-key": "not-available"})
def no_model_is_available(patch, stack):
    """No model passes for available."""

    async def available(*_):
        return False

    patch.setattr(stack(MIXIN), "check_model_availability", available)


@flips(
    {
        "remote-openai-startup/nothing-registered-without-key": "boot-fails",
        "remote-openai-startup/restart-without-key": "boot-fails",
        "remote-openai-keyless/chat-with-callers-key": "boot-fails",
        "remote-openai-keyless/chat-without-any-key": "boot-fails",
        "remote-openai-keyless/catalogue-with-callers-key": "boot-fails",
        "remote-openai-keyless/catalogue-without-any-key": "boot-fails",
        "allowed-models/keyless-call-of-another-model": "boot-fails",
    }
)
def a_key_is_required(patch, stack):
    """`remote::openai` does not start without a key, registered models or not."""

    async def initialize(self):
        if not self.get_api_key():
            raise ValueError("a key is required")

    adapter = stack("providers.remote.inference.openai.openai:OpenAIInferenceAdapter")
    patch.setattr(adapter, "initialize", initialize, raising=False)


@flips(
    {
        "remote-openai-startup/wrong-key-nothing-registered": "vendor-error",
        "remote-vllm/start-with-wrong-token-listed": "vendor-error",
        "remote-vllm/start-with-wrong-token-unlisted": "vendor-error",
    }
)
def a_refused_list_ends_the_start(patch, stack):
    """A vendor that refuses its list of models keeps the stack from starting."""

    async def refresh(self):
        for provider in self.impls_by_provider_id.values():
            await provider.list_models()

    patch.setattr(stack(TABLE), "refresh", refresh)


@flips(
    {
        "remote-openai-discovery/requests-nothing-registered": "no-request",
        "remote-openai-discovery/catalogue": "nothing",
        "allowed-models/discovery": "nothing",
        "duplicate-models/neither-replaces-the-other": "registered-only",
    }
)
def remote_openai_discovers_nothing(patch, stack):
    """No vendor is asked for its models while the stack starts."""

    async def refresh(_):
        return None

    patch.setattr(stack(TABLE), "refresh", refresh)


@flips(
    {
        "remote-openai-discovery/requests-without-key": "several-requests",
        "remote-openai-keyless/chat-without-any-key": "served-with-the-servers-key",
        "remote-openai-keyless/catalogue-without-any-key": "vendors-models",
    }
)
def a_made_up_key_is_used(patch, stack):
    """Without a key the vendor is asked with a made-up one."""
    patch.setattr(stack(MIXIN), "get_api_key", lambda _: "none")


@flips(
    {
        "remote-openai-keyless/chat-with-callers-key": "refused",
        "remote-openai-keyless/chat-past-servers-key": "served-with-the-servers-key",
        "remote-openai-keyless/catalogue-with-callers-key": "nothing",
        "remote-vllm/whose-token": "configs",
    }
)
def callers_keys_are_ignored(patch, stack):
    """Only the key of the config counts."""
    name = "_get_api_key_from_config_or_provider_data"
    patch.setattr(stack(MIXIN), name, lambda self: self.get_api_key())


@flips({"remote-openai-keyless/chat-without-callers-key": "refused"})
def servers_key_is_for_discovery_only(patch, stack):
    """A caller without provider data is refused, whatever key the config holds."""
    mixin = stack(MIXIN)
    original = mixin.openai_chat_completion

    async def chat(self, params):
        if self.get_request_provider_data() is None:
            raise ValueError("send your own key")
        return await original(self, params)

    patch.setattr(mixin, "openai_chat_completion", chat)

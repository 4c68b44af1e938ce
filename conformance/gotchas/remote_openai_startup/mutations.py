"""Mutations for the checks of `remote-openai-startup`."""

from conformance.stack.mutations import flips

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

"""Mutations for the checks of `remote-openai-keyless`."""

from conformance.stack.mutations import flips

MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"


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

"""Mutations for the checks of `remote-vllm`."""

from conformance.stack.mutations import flips

VLLM = "providers.remote.inference.vllm.vllm:VLLMInferenceAdapter"
MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"


@flips(
    {
        "remote-vllm/start-with-wrong-token-listed": "vendor-error",
        "remote-vllm/start-with-wrong-token-unlisted": "vendor-error",
    }
)
def a_token_does_not_replace_the_check(patch, stack):
    """`remote::vllm` checks models as `remote::openai` does, token or not."""
    patch.setattr(stack(VLLM), "check_model_availability", stack(MIXIN).check_model_availability)


@flips(
    {
        "remote-vllm/start-without-token-unlisted": "boots-unchecked",
        "remote-vllm/start-without-token-refused": "boots-unchecked",
        "remote-vllm/requests-without-token": "once-or-twice",
    }
)
def vllm_checks_nothing(patch, stack):
    """`remote::vllm` takes every model, token or not."""

    async def available(*_):
        return True

    patch.setattr(stack(VLLM), "check_model_availability", available)


@flips({"remote-vllm/start-without-token-listed": "not-found"})
def vllm_finds_no_model(patch, stack):
    """Without a token `remote::vllm` never finds a model on the server's list."""

    async def available(self, model):
        if self.config.auth_credential:
            return True
        raise ValueError(f"Model '{model}' not found")

    patch.setattr(stack(VLLM), "check_model_availability", available)


@flips({"remote-vllm/request": "unchanged"})
def vllm_adds_nothing(patch, stack):
    """`remote::vllm` sends a chat as it came."""
    patch.setattr(stack(VLLM), "openai_chat_completion", stack(MIXIN).openai_chat_completion)

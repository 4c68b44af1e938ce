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


def with_body(patch, stack, change):
    """Let `remote::vllm` ask its server with what `change(params)` leaves of a chat."""
    original = stack(MIXIN).openai_chat_completion

    async def answer(self, params):
        change(params)
        return await original(self, params)

    patch.setattr(stack(VLLM), "openai_chat_completion", answer)


@flips({"remote-vllm/request": "changed", "remote-vllm/request-unlimited": "changed"})
def vllm_adds_another_field(patch, stack):
    """`remote::vllm` sends a temperature that nobody has asked for."""
    with_body(patch, stack, lambda params: setattr(params, "temperature", 0.5))


@flips({"remote-vllm/whose-token": "another"})
def vllm_has_a_token_of_its_own(patch, stack):
    """`remote::vllm` asks with a token of which neither config nor caller knows."""
    patch.setattr(
        stack(VLLM), "_get_api_key_from_config_or_provider_data", lambda _self: "of-nobody"
    )


@flips({"remote-vllm/requests-without-token": "never"})
def vllm_lists_nothing(patch, stack):
    """`remote::vllm` does not ask its server what models it has."""

    async def no_models(_self):
        return []

    patch.setattr(stack(VLLM), "list_provider_model_ids", no_models)


@flips({"remote-vllm/requests-without-token": "more"})
def vllm_checks_some_models(patch, stack):
    """`remote::vllm` asks for the list again for every model whose name has a 4 in it."""
    original = stack(VLLM).check_model_availability

    async def available(self, model):
        return "4" not in model or await original(self, model)

    patch.setattr(stack(VLLM), "check_model_availability", available)


def chats_end(patch, stack, error):
    """Let every chat of `remote::vllm` end in an error of this type."""

    async def fail(*_):
        raise error("no chats today")

    patch.setattr(stack(VLLM), "openai_chat_completion", fail)


@flips({"remote-vllm/request": "refused", "remote-vllm/whose-token": "refused"})
def vllm_refuses_chats(patch, stack):
    """`remote::vllm` takes every chat for a mistake of its caller."""
    chats_end(patch, stack, ValueError)


@flips({"remote-vllm/request": "server-error", "remote-vllm/whose-token": "server-error"})
def vllm_stumbles_over_chats(patch, stack):
    """`remote::vllm` fails at every chat."""
    chats_end(patch, stack, RuntimeError)

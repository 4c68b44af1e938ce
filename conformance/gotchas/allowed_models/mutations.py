"""Mutations for the checks of `allowed-models`."""

from conformance.stack.mutations import flips

MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"
PASSTHROUGH = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips(
    {
        "allowed-models/discovery": "more",
        "allowed-models/start-another-allowed-with-key": "boots",
        "allowed-models/start-none-allowed-with-key": "boots",
    }
)
def discovery_ignores_allowed_models(patch, stack):
    """Discovery takes all models of the vendor, allowed or not."""
    mixin = stack(MIXIN)
    original = mixin.list_models

    async def list_models(self):
        allowed, self.config.allowed_models = self.config.allowed_models, None
        try:
            return await original(self)
        finally:
            self.config.allowed_models = allowed

    patch.setattr(mixin, "list_models", list_models)


@flips(
    {
        "allowed-models/call-of-another-model": "forwarded-though-not-allowed",
        "allowed-models/keyless-call-of-another-model": "forwarded-though-not-allowed",
    }
)
def calls_ignore_allowed_models(patch, stack):
    """A call may name any model."""
    patch.setattr(stack(MIXIN), "_validate_model_allowed", lambda *_: None)


@flips({"allowed-models/passthrough-call-of-another-model": "rejected-not-allowed"})
def passthrough_minds_allowed_models(patch, stack):
    """`remote::passthrough` refuses what is not allowed, as `remote::openai` does."""
    adapter = stack(PASSTHROUGH)
    original = adapter.openai_chat_completion

    async def chat(self, params):
        if params.model not in (self.config.allowed_models or [params.model]):
            raise ValueError(f"{params.model} is not in the allowed models list")
        return await original(self, params)

    patch.setattr(adapter, "openai_chat_completion", chat)


MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"


@flips({"allowed-models/start-allowed-with-key": "not-available"})
def no_model_is_available(patch, stack):
    """No model passes for available."""

    async def available(*_):
        return False

    patch.setattr(stack(MIXIN), "check_model_availability", available)

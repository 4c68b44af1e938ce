"""Mutations for the checks of `stale-calls`; those of a registry stand beside `stale-kvstore`."""

from conformance.stack.mutations import each, flips

NAMES = "stale-model", "model-of-removed-provider", "forgotten-model"


@flips(each("stale-calls/call", "refused", (*NAMES, "forgotten-model-of-removed-provider")))
def a_model_outside_the_config_is_forbidden(patch, stack):
    """Whoever asks for a model that the config does not name gets a 403."""
    router = stack("core.routers.inference:InferenceRouter")

    async def chat(_self, params):
        raise PermissionError(f"{params.model} is not in the config")

    patch.setattr(router, "openai_chat_completion", chat)

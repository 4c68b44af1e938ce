"""Mutations for the checks of `isolation`."""

from conformance.stack.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
STORE = "providers.utils.inference.inference_store:InferenceStore"


@flips({"isolation/few": "key-mixed-up", "isolation/many": "key-mixed-up"})
def a_key_is_kept_for_the_next_caller(patch, stack):
    """Each request is sent with the key of the one before it."""
    original = stack(ADAPTER)._get_passthrough_api_key
    kept = []

    def get(self):
        kept.append(original(self))
        return kept[-2:][0]

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)


@flips({"isolation/stored": "stored-mixed-up"})
def the_prompt_before_is_stored(patch, stack):
    """What is stored is the answer, and the prompt of the request before."""
    original = stack(STORE).store_chat_completion
    kept = []

    async def store(self, completion, messages):
        kept.append(messages)
        await original(self, completion, kept[-2:][0])

    patch.setattr(stack(STORE), "store_chat_completion", store)

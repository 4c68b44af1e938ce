"""Mutations for the checks of `isolation`."""

from conformance.stack.mutations import flips, flips_server

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
STORE = "providers.utils.inference.inference_store:InferenceStore"


def _keep_keys(patch, stack):
    original = stack(ADAPTER)._get_passthrough_api_key
    kept = []

    def get(self):
        kept.append(original(self))
        return kept[-2:][0]

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)


def _store_the_prompt_before(patch, stack):
    original = stack(STORE).store_chat_completion
    kept = []

    async def store(self, completion, messages):
        kept.append(messages)
        await original(self, completion, kept[-2:][0])

    patch.setattr(stack(STORE), "store_chat_completion", store)


@flips({"isolation/few": "key-mixed-up", "isolation/many": "key-mixed-up"})
def a_key_is_kept_for_the_next_caller(patch, stack):
    """Each request is sent with the key of the one before it."""
    _keep_keys(patch, stack)


@flips({"isolation/stored": "stored-mixed-up"})
def the_prompt_before_is_stored(patch, stack):
    """What is stored is the answer, and the prompt of the request before."""
    _store_the_prompt_before(patch, stack)


@flips_server({"isolation/server": "key-mixed-up", "isolation/server-stored": "stored-mixed-up"})
def a_server_mixes_up_keys_and_prompts(patch, stack):
    """Each request has the key of the one before it, and is stored with that one's prompt."""
    _keep_keys(patch, stack)
    _store_the_prompt_before(patch, stack)

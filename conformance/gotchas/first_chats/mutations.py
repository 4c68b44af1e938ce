"""Mutations for the checks of `first-chats`."""

from conformance.stack.mutations import flips

STORE = "providers.utils.inference.inference_store:InferenceStore"


@flips({"first-chats/burst": "some-lost", "first-chats/burst-after-list": "some-lost"})
def every_other_chat_is_lost(patch, stack):
    """Every other chat is not stored."""
    original = stack(STORE).store_chat_completion
    seen = []

    async def store(self, completion, messages):
        seen.append(completion)
        if len(seen) % 2:
            await original(self, completion, messages)

    patch.setattr(stack(STORE), "store_chat_completion", store)

"""Mutations for the checks of `stored-chats`."""

from conformance.stack.mutations import flips

STORE = "providers.utils.inference.inference_store:InferenceStore"
VENDORS = "openai", "gemini", "anthropic"


@flips(
    {
        **{f"stored-chats/plain-{vendor}": "not-stored" for vendor in VENDORS},
        "stored-chats/streamed-openai": "not-stored",
        "stored-chats/streamed-anthropic": "not-stored",
        "stored-chats/broken-off": "not-stored",
        "stored-chats/store-false": "not-stored",
    }
)
def only_what_comes_after_is_stored(patch, stack):
    """The store keeps nothing but the chats that end a check's waiting."""
    original = stack(STORE).store_chat_completion

    async def store(self, completion, messages):
        if str(messages[0].content).startswith("after "):
            await original(self, completion, messages)

    patch.setattr(stack(STORE), "store_chat_completion", store)


@flips({"stored-chats/streamed-gemini": "stored"})
def chunks_get_an_id(patch, stack):
    """A stream whose chunks have no id is given one."""
    module = stack("providers.remote.inference.passthrough.passthrough")

    async def named(stream):
        async for chunk in stream:
            chunk.id = chunk.id or "made-up"
            yield chunk

    patch.setattr(module, "wrap_async_stream", named)

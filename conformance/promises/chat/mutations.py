"""Mutations for the checks of `chat`."""

from conformance.stack.mutations import each, flips

MODELS = "openai", "openai-mini", "gemini", "anthropic"


PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"
ROUTER = "core.routers.inference:InferenceRouter"


@flips(each("chat/plain", "changed", MODELS))
def answers_lose_their_usage(patch, stack):
    """A plain answer says nothing of tokens."""
    original = stack(ROUTER)._nonstream_openai_chat_completion

    async def answer(self, provider, params):
        response = await original(self, provider, params)
        response.usage.total_tokens = 0
        return response

    patch.setattr(stack(ROUTER), "_nonstream_openai_chat_completion", answer)


@flips(
    each("chat/streamed", "changed", MODELS) | each("chat/streamed-usage", "usage-missing", MODELS)
)
def streams_lose_a_word_and_the_usage(patch, stack):
    """A stream lacks one word and every number."""

    async def shortened(stream):
        left_out = False
        async for chunk in stream:
            chunk.usage = None
            if left_out or not (chunk.choices and chunk.choices[0].delta.content):
                yield chunk
            else:
                left_out = True

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", shortened)

"""Mutations for the checks of `streaming`."""

from conformance.stack.mutations import each, flips

MODELS = "openai", "openai-mini", "gemini", "anthropic"


PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"


@flips(each("streaming/first-piece", "held-back", MODELS))
def streams_are_joined(patch, stack):
    """A stream is passed on once it is complete."""

    async def joined(stream):
        for chunk in [chunk async for chunk in stream]:
            yield chunk

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", joined)

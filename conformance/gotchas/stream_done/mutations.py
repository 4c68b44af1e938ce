"""Mutations for the checks of `stream-done`."""

from conformance.stack.mutations import flips, inference_routes


@flips(
    {
        f"stream-done/end-{name}": "done-last"
        for name in ("openai", "openai-mini", "gemini", "anthropic")
    }
)
def streams_end_with_done(patch, stack):
    """A stream ends with `[DONE]`."""
    routes = inference_routes(stack)
    original = routes._sse_generator

    async def generate(*args, **options):
        async for event in original(*args, **options):
            yield event
        yield "data: [DONE]\n\n"

    patch.setattr(routes, "_sse_generator", generate)

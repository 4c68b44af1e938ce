"""Mutations for the checks of `abandoned-streams`."""

from conformance.stack.mutations import flips, inference_routes


@flips(
    {
        f"abandoned-streams/caller-leaves-{name}": "closed"
        for name in ("openai", "gemini", "anthropic")
    }
)
def streams_have_no_task_for_each_piece(patch, stack):
    """A stream runs in the request's own task, which a caller who leaves ends."""
    patch.setattr(inference_routes(stack), "_preserve_context_for_sse", lambda stream: stream)

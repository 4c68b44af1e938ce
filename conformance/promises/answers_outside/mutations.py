"""Mutations for the checks of `answers-outside`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import flips


@flips(
    {
        f"answers-outside/{check}": "several"
        for check in ("models", "unknown-model", "unknown-path", "stream")
    }
    | {"answers-outside/chat": "content-type"}
)
def everything_is_called_text(patch, stack):
    """The server calls all that it answers plain text."""
    alter(patch, stack, lambda text: text, content_type="text/plain")

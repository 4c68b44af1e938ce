"""Mutations for the checks of `steered-requests`."""

from conformance.stack.mutations import ask_with, flips


@flips(
    {
        "steered-requests/extra-query": "not-set",
        "steered-requests/timeout": "not-set",
        "steered-requests/extra-host": "own-host",
        "steered-requests/extra-length-content-length": "one-length",
        "steered-requests/extra-length-transfer-encoding": "one-length",
        "steered-requests/extra-stream": "answered",
    }
)
def nothing_steers_the_sdk(patch, stack):
    """What is no parameter of a chat at the vendor is dropped."""
    steering = {"extra_headers", "extra_query", "extra_body", "timeout"}

    def made(_create, params):
        fields = params.model_dump(exclude_none=True)
        return {name: value for name, value in fields.items() if name not in steering}

    ask_with(patch, stack, made)

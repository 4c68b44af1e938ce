"""Mutations for the checks of `steered-requests`."""

from conformance.stack.mutations import ask_with, each, find_no_model, flips


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


@flips(
    each("steered-requests/inner-header", "not-sent", ("chat", "chat-as-another-type"))
    | each("steered-requests/inner-header", "not-sent", ("completion", "embedding"))
)
def no_model_is_found(patch, stack):
    """What is asked ends before it reaches a provider."""
    find_no_model(patch, stack)

"""Mutations for the checks of `wrong-types`."""

from conformance.stack.mutations import each, find_no_model, flips, statuses


@flips(
    each(
        "wrong-types/sent",
        "refused",
        (
            "content-empty-list",
            "logit-bias-text",
            "logprobs-number",
            "logprobs-text",
            "max-tokens-text",
            "metadata-number",
            "n-text",
            "n-true",
            "parallel-text",
            "seed-text",
            "temperature-text",
            "temperature-true",
            "tool-choice-of-another",
            "top-logprobs-many",
        ),
    )
)
def no_model_is_found(patch, stack):
    """A chat ends before it reaches a provider."""
    find_no_model(patch, stack)


@flips(
    each(
        "wrong-types/sent",
        "server-error",
        (
            "arguments-object",
            "content-object",
            "image-url-text",
            "logit-bias-list",
            "max-tokens-fraction",
            "max-tokens-negative",
            "n-zero",
            "part-without-text",
            "response-format-no-schema",
            "response-format-unknown",
            "result-number",
            "result-without-id",
            "role-upper-case",
            "seed-fraction",
            "stop-number",
            "stop-numbers",
            "stream-options-text",
            "temperature-high",
            "tool-choice-number",
            "tool-without-name",
            "tools-object",
            "user-number",
        ),
    )
)
def mistakes_are_the_servers(patch, stack):
    """What is wrong with a request is called an error of the server."""
    statuses(patch, stack, lambda status: 500 if 400 <= status < 500 else status)

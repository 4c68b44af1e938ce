"""Mutations for the checks of `request-parameters`."""

from conformance.stack.mutations import each, find_no_model, flips, statuses


@flips(
    each("request-parameters/extra", "not-sent", ("body-openai", "body-passthrough"))
    | each(
        "request-parameters/sent",
        "refused-unexplained",
        (
            "both-limits-openai",
            "both-limits-passthrough",
            "functions-openai",
            "functions-passthrough",
            "logit-bias-openai",
            "logit-bias-passthrough",
            "logprobs-false-openai",
            "logprobs-false-passthrough",
            "logprobs-openai",
            "logprobs-passthrough",
            "max-completion-tokens-openai",
            "max-completion-tokens-passthrough",
            "max-tokens-openai",
            "max-tokens-passthrough",
            "metadata-openai",
            "metadata-passthrough",
            "modalities-openai",
            "modalities-passthrough",
            "parallel-tool-calls-openai",
            "parallel-tool-calls-passthrough",
            "penalties-openai",
            "penalties-passthrough",
            "prediction-openai",
            "prediction-passthrough",
            "prompt-cache-key-openai",
            "prompt-cache-key-passthrough",
            "reasoning-effort-low-openai",
            "reasoning-effort-low-passthrough",
            "reasoning-effort-minimal-openai",
            "reasoning-effort-minimal-passthrough",
            "reasoning-effort-none-openai",
            "reasoning-effort-none-passthrough",
            "reasoning-effort-xhigh-openai",
            "reasoning-effort-xhigh-passthrough",
            "response-format-object-openai",
            "response-format-object-passthrough",
            "response-format-schema-openai",
            "response-format-schema-passthrough",
            "response-format-text-openai",
            "response-format-text-passthrough",
            "safety-identifier-openai",
            "safety-identifier-passthrough",
            "seed-openai",
            "seed-passthrough",
            "service-tier-openai",
            "service-tier-passthrough",
            "service-tier-unknown-openai",
            "service-tier-unknown-passthrough",
            "stop-list-openai",
            "stop-list-passthrough",
            "stop-text-openai",
            "stop-text-passthrough",
            "store-openai",
            "store-passthrough",
            "stream-options-false-openai",
            "stream-options-false-passthrough",
            "stream-options-openai",
            "stream-options-passthrough",
            "temperature-zero-openai",
            "temperature-zero-passthrough",
            "thinking-openai",
            "thinking-passthrough",
            "tool-choice-allowed-openai",
            "tool-choice-allowed-passthrough",
            "tool-choice-auto-openai",
            "tool-choice-auto-passthrough",
            "tool-choice-named-openai",
            "tool-choice-named-passthrough",
            "tool-choice-none-openai",
            "tool-choice-none-passthrough",
            "tool-choice-required-openai",
            "tool-choice-required-passthrough",
            "tool-choice-without-tools-openai",
            "tool-choice-without-tools-passthrough",
            "tools-empty-openai",
            "tools-empty-passthrough",
            "top-k-openai",
            "top-k-passthrough",
            "top-p-openai",
            "top-p-passthrough",
            "unknown-null-openai",
            "unknown-null-passthrough",
            "unknown-openai",
            "unknown-passthrough",
            "user-openai",
            "user-passthrough",
            "verbosity-openai",
            "verbosity-passthrough",
            "web-search-openai",
            "web-search-passthrough",
        ),
    )
    | each("request-parameters/sent", "refused", ("n-openai", "n-passthrough"))
    | each(
        "request-parameters/whole",
        "refused-unexplained",
        ("plain-openai", "plain-passthrough", "streamed-openai", "streamed-passthrough"),
    )
)
def no_model_is_found(patch, stack):
    """A chat ends before it reaches a provider."""
    find_no_model(patch, stack)


@flips(
    each(
        "request-parameters/sent",
        "server-error",
        ("tool-choice-any-openai", "tool-choice-any-passthrough"),
    )
)
def mistakes_are_the_servers(patch, stack):
    """What is wrong with a request is called an error of the server."""
    statuses(patch, stack, lambda status: 500 if 400 <= status < 500 else status)

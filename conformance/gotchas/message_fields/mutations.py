"""Mutations for the checks of `message-fields`."""

from conformance.stack.mutations import each, find_no_model, flips, statuses


@flips(
    each(
        "message-fields/sent",
        "refused-unexplained",
        (
            "anthropic-message-cache-control",
            "anthropic-part-cache-control",
            "anthropic-result-cache-control",
            "anthropic-system-cache-control",
            "anthropic-tool-cache-control",
            "gemini-call-extra-content",
            "gemini-message-extra-content",
            "openai-audio-of-answer",
            "openai-content-empty",
            "openai-content-null",
            "openai-custom-tool",
            "openai-file",
            "openai-file-data",
            "openai-function-call",
            "openai-reasoning-content",
            "openai-refusal",
            "openai-result-name",
            "openai-role-developer",
            "openai-strict",
            "openai-system-name",
            "openai-unknown-in-call",
            "openai-unknown-in-function",
            "openai-unknown-in-message",
            "openai-unknown-in-part",
            "openai-unknown-in-tool",
            "openai-user-name",
        ),
    )
    | {"message-fields/sent-openai-image-detail": "refused"}
    | each(
        "message-fields/with",
        "not-sent",
        (
            "extra-body-anthropic-part-cache-control",
            "extra-body-gemini-image-in-result",
            "extra-body-openai-custom-tool",
            "extra-body-openai-input-audio",
            "extra-body-openai-reasoning-content",
            "extra-body-openai-role-function",
        ),
    )
)
def no_model_is_found(patch, stack):
    """A chat ends before it reaches a provider."""
    find_no_model(patch, stack)


@flips(
    each(
        "message-fields/sent",
        "server-error",
        (
            "gemini-image-in-result",
            "openai-custom-call",
            "openai-input-audio",
            "openai-refusal-part",
            "openai-role-function",
            "openai-video-url",
        ),
    )
)
def mistakes_are_the_servers(patch, stack):
    """What is wrong with a request is called an error of the server."""
    statuses(patch, stack, lambda status: 500 if 400 <= status < 500 else status)

"""Mutations for the checks of `answer-contract`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips

MODELS = "openai", "openai-mini", "gemini", "anthropic"
# Streams of calls whose later fragments have nulls already.
NULLED = "openai", "openai-mini", "anthropic"


@flips(
    each("answer-contract/plain", "created", MODELS)
    | each("answer-contract/streamed", "created", MODELS)
    | each("answer-contract/calls", "created", MODELS)
    | each("answer-contract/streamed-calls", "several", NULLED)
    | {"answer-contract/streamed-calls-gemini": "created"}
)
def chats_are_created_at_a_fraction(patch, stack):
    """`created` of every chat is a number with a fraction."""

    def fraction(body, _place):
        if "choices" in body:
            body["created"] += 0.5

    alter(patch, stack, in_objects(fraction))


@flips({"answer-contract/model-list": "several"})
def a_model_list_is_of_another_kind(patch, stack):
    """A list of models calls itself something, and its models lists."""

    def renamed(body, _place):
        if "data" in body:
            body["object"] = "models"
            body["data"][0]["object"] = "list"
            body["data"][0]["created"] = None

    alter(patch, stack, in_objects(renamed))


@flips(
    {
        "answer-contract/unknown-model": "error-as-text",
        "answer-contract/malformed-request": "error-as-text",
        "answer-contract/unknown-path": "error-as-text",
    }
)
def errors_are_text(patch, stack):
    """An error is text in the place of an object."""

    def said(body, _place):
        if "error" in body or "detail" in body:
            body.pop("detail", None)
            body["error"] = "no"

    alter(patch, stack, in_objects(said))

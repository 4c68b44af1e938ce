"""Mutations for the checks of `answer-contract`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips

MODELS = "openai", "openai-mini", "gemini", "anthropic"
# Streams of calls whose later fragments have nulls already.
NULLED = "openai", "openai-mini", "anthropic"
CHATS = (
    *("several", "structured", "tool-result", "length", "one-call", "streamed-several"),
    *("streamed-structured", "streamed-tool-result", "streamed-length", "streamed-usage"),
)
VECTORS = "one", "list", "tokens", "token-lists", "floats", "base64"


@flips(
    each("answer-contract/plain", "created", MODELS)
    | each("answer-contract/streamed", "created", MODELS)
    | each("answer-contract/calls", "created", MODELS)
    | each("answer-contract/streamed-calls", "several", NULLED)
    | {"answer-contract/streamed-calls-gemini": "created"}
    | each("answer-contract/chat", "created", CHATS)
    | {"answer-contract/chat-streamed-calls-usage": "several"}
    | each("answer-contract/logprobs", "created", ("plain", "streamed"))
    | each("answer-contract/completion-logprobs", "created", ("plain", "streamed"))
    | each(
        "answer-contract/completion", "created", ("plain", "streamed", "streamed-usage", "limited")
    )
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


@flips(each("answer-contract/embeddings", "object", VECTORS))
def embeddings_are_of_another_kind(patch, stack):
    """A list of embeddings calls itself something else."""

    def renamed(body, _place):
        if "data" in body:
            body["object"] = "embeddings"

    alter(patch, stack, in_objects(renamed))


@flips({"answer-contract/embeddings-without-usage": "kept"})
def embeddings_need_no_usage(patch, stack):
    """Embeddings without usage are passed on, and no error is ever sent."""

    def passed_on(body, _place):
        if "error" in body:
            vector = {"object": "embedding", "index": 0, "embedding": [0.5]}
            body.clear()
            body.update(object="list", model="m", data=[vector])

    alter(patch, stack, in_objects(passed_on), status=200)


@flips({"answer-contract/listed": "other-order"})
def models_are_listed_backwards(patch, stack):
    """The list of models begins with the last one."""

    def reversed_list(body, _place):
        if "data" in body:
            body["data"].reverse()

    alter(patch, stack, in_objects(reversed_list))


@flips({"answer-contract/one-model": "not-as-listed"})
def one_model_has_the_form_of_openai(patch, stack):
    """A model that is asked for by its id has all fields, and an owner that the list does not."""

    def formed(body, _place):
        if "identifier" in body:
            body.update(id=body["identifier"], object="model", created=1, owned_by="nobody")

    alter(patch, stack, in_objects(formed))

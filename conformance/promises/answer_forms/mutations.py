"""Mutations for the checks of `answer-forms`."""

import contextlib

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips

ROUTER = "core.routers.inference:InferenceRouter"
CHATS = (
    *("several", "structured", "tool-result", "length", "one-call", "streamed-several"),
    *("streamed-structured", "streamed-tool-result", "streamed-length", "streamed-usage"),
)
VECTORS = "one", "list", "tokens", "token-lists", "floats", "base64"


@flips(
    each("answer-forms/chat", "created", CHATS)
    | {"answer-forms/chat-streamed-calls-usage": "several"}
    | each("answer-forms/logprobs", "created", ("plain", "streamed"))
    | each("answer-forms/completion-logprobs", "created", ("plain", "streamed"))
    | each("answer-forms/completion", "created", ("plain", "streamed", "streamed-usage", "limited"))
)
def choices_are_created_at_a_fraction(patch, stack):
    """`created` of every answer with choices is a number with a fraction."""

    def fraction(body, _place):
        if "choices" in body:
            body["created"] += 0.5

    alter(patch, stack, in_objects(fraction))


@flips(each("answer-forms/embeddings", "object", VECTORS))
def embeddings_are_of_another_kind(patch, stack):
    """A list of embeddings calls itself something else."""

    def renamed(body, _place):
        if "data" in body:
            body["object"] = "embeddings"

    alter(patch, stack, in_objects(renamed))


@flips({"answer-forms/embeddings-without-usage": "kept"})
def embeddings_need_no_usage(patch, stack):
    """Embeddings without usage are passed on."""
    from fastapi.responses import JSONResponse

    original = stack(ROUTER).openai_embeddings

    async def passed_on(self, params):
        with contextlib.suppress(Exception):  # of an answer without usage
            await original(self, params)
        numbers = [0.5] * (params.dimensions or 1)
        vector = {"object": "embedding", "index": 0, "embedding": numbers}
        return JSONResponse({"object": "list", "model": "m", "data": [vector]})

    patch.setattr(stack(ROUTER), "openai_embeddings", passed_on)

"""Builds Gemini's chat answers: few fields in alphabetical order, no id in a chunk.

Streams are those of gemini-2.0-flash, recorded by jackmpcollins/magentic (2025-03); JSON answers
those of gemini-2.5-pro, recorded by pydantic/pydantic-ai (2025-06), whose cassettes hold sorted
keys: that the wire order is alphabetical too is taken from the streams.
"""

from __future__ import annotations

from typing import Final

from conformance.vendors.dialect import CREATED, Object, Request, compact
from conformance.vendors.replies import Call, Reply

_THINKING: Final = ("gemini-2.5-pro", "gemini-3")
_THOUGHT_TOKENS: Final = 28


def bare(request: Request) -> str:
    """Return the model without the `models/` that the list has and chat does not need."""
    return request.model.removeprefix("models/")


def completion(request: Request, said: Reply) -> Object:
    """Return the body of a chat completion. The total of a thinking model is more than its sum."""
    message = _signed(request, _message(request, said))
    choice = {"finish_reason": said.finish_reason, "index": 0, "message": message}
    usage = said.usage
    if bare(request).startswith(_THINKING):
        usage["total_tokens"] += _THOUGHT_TOKENS
    return {
        "choices": [choice],
        "created": CREATED,
        "id": request.ident(22),
        "model": bare(request),
        "object": "chat.completion",
        "usage": usage,
    }


def chunks(request: Request, said: Reply) -> list[Object]:
    """Return the chunks: role and usage in each, the finish in the last that says anything.

    A call comes whole, in a chunk that finishes with "stop". Before the last chunk the usage
    counts nothing said, and one prompt token too many.
    """
    deltas = [{"content": piece, "role": "assistant"} for piece in said.pieces]
    deltas = [_message(request, said)] if said.calls else deltas
    early = Reply((), (), "", said.prompt + 1).usage
    stream = [_chunk(request, {"delta": delta, "index": 0}, early) for delta in deltas[:-1]]
    finish = said.finish_reason.replace("tool_calls", "stop")
    last = {"delta": deltas[-1], "finish_reason": finish, "index": 0}
    return [*stream, _chunk(request, last, said.usage)]


def _chunk(request: Request, choice: Object, usage: Object) -> Object:
    return {
        "choices": [choice],
        "created": CREATED,
        "model": bare(request),
        "object": "chat.completion.chunk",
        **({"usage": usage} if request.wants_usage else {}),
    }


def _message(request: Request, said: Reply) -> Object:
    if not said.calls:
        return {"content": said.text, "role": "assistant"}
    calls = [_call(request, call, place) for place, call in enumerate(said.calls)]
    return {"role": "assistant", "tool_calls": calls}


def _call(request: Request, call: Call, place: int) -> Object:
    """Return a call, without index. 2.x gives it an empty id, 3 an id and a signature."""
    third = bare(request).startswith("gemini-3")
    signature = {"thought_signature": request.ident(64, "thought")}
    return {
        **({"extra_content": {"google": signature}} if third else {}),
        "function": {"arguments": compact(call.arguments), "name": call.name},
        "id": f"call_{request.ident(6, str(place), '0123456789')}" if third else "",
        "type": "function",
    }


def _signed(request: Request, message: Object) -> Object:
    """Add the thought signature, twice, as gemini-2.5-pro did."""
    if bare(request) != "gemini-2.5-pro":
        return message
    signature = {"thought_signature": request.ident(64, "thought")}
    extra = {"extra_content": {"google": {"thought": True, **signature}}}
    return dict(sorted((message | extra | signature).items()))

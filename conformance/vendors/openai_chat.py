"""Builds OpenAI's chat answers: pretty JSON, or chunks that end with `choices: []`.

From recordings made public by Mirascope/mirascope (python/tests/e2e/output/cassettes: test_call,
test_call_with_tools) and braintrustdata/braintrust-sdk-python (test_pydantic_wrapped_stream).
The legacy completions follow the published reference only (see UNSETTLED).
"""

from __future__ import annotations

import json
from typing import Final

from conformance.vendors.dialect import CREATED, Object, Request
from conformance.vendors.replies import Call, Reply, split

# What is asked for, and the dated name that answers.
MODELS: Final = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
}
LEGACY: Final = ("gpt-3.5-turbo-instruct",)


def completion(request: Request, said: Reply) -> Object:
    """Return the body of a chat completion."""
    model = _dated(request)
    count = request.json.get("n") or 1
    return {
        **_head(request, "chat.completion"),
        "choices": [_choice(request, said, index) for index in range(count)],
        "usage": usage(said),
        "service_tier": "default",
        "system_fingerprint": _fingerprint(model),
    }


def chunks(request: Request, said: Reply) -> list[Object]:
    """Return the chunks of a chat stream. Those with a call have `usage` before `choices`."""
    head = _head(request, "chat.completion.chunk") | {
        "service_tier": "default",
        "system_fingerprint": _fingerprint(_dated(request)),
    }
    no_usage: Object = {"usage": None} if request.wants_usage else {}
    early, late = (no_usage, {}) if said.calls else ({}, no_usage)
    stream: list[Object] = []
    for index in range(request.json.get("n") or 1):
        for delta in _deltas(request, said):
            body = {"choices": [{"index": index, "delta": delta, **_ending(request, None)}]}
            stream.append({**head, **early, **body, **late})
        last = {"index": index, "delta": {}, **_ending(request, said.finish_reason)}
        stream.append({**head, "choices": [last], **no_usage})
    if request.wants_usage:
        stream.append({**head, "choices": [], "usage": usage(said)})
    for place, chunk in enumerate(stream):  # padding of any length, also none
        chunk["obfuscation"] = request.ident(place * 7 % 16, f"padding {place}")
    return stream


def legacy_completion(request: Request, said: Reply) -> Object:
    """Return the body of a legacy completion."""
    head = _legacy_head(request)
    return {**head, "choices": [_legacy(said.text, said.finish_reason)], "usage": usage(said)}


def legacy_chunks(request: Request, said: Reply) -> list[Object]:
    """Return the chunks of a legacy stream, without usage."""
    choices = [*(_legacy(piece, None) for piece in said.pieces), _legacy("", said.finish_reason)]
    return [{**_legacy_head(request), "choices": [choice]} for choice in choices]


def usage(said: Reply) -> Object:
    """Return the usage of a chat or legacy answer, details included."""
    return {
        "prompt_tokens": said.prompt,
        "completion_tokens": said.completion,
        "total_tokens": said.prompt + said.completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _dated(request: Request) -> str:
    return MODELS.get(request.model, request.model)


def _head(request: Request, kind: str) -> Object:
    ident = f"chatcmpl-standin{request.ident(22)}"
    return {"id": ident, "object": kind, "created": CREATED, "model": _dated(request)}


def _choice(request: Request, said: Reply, index: int) -> Object:
    calls = [
        {"id": _call_id(request, place), "type": "function", "function": _function(call)}
        for place, call in enumerate(said.calls)
    ]
    message = {
        "role": "assistant",
        "content": None if calls else said.text,
        **({"tool_calls": calls} if calls else {}),
        "refusal": None,
        "annotations": [],
    }
    return {"index": index, "message": message, **_ending(request, said.finish_reason)}


def _deltas(request: Request, said: Reply) -> list[Object]:
    if not said.calls:
        first = {"role": "assistant", "content": "", "refusal": None}
        return [first, *({"content": piece} for piece in said.pieces)]
    deltas: list[Object] = [{"role": "assistant", "content": None}]
    for index, call in enumerate(said.calls):
        function = _function(call)
        begun = {
            "index": index,
            "id": _call_id(request, index),
            "type": "function",
            "function": {**function, "arguments": ""},
        }
        parts = split(function["arguments"])
        rest = ({"index": index, "function": {"arguments": part}} for part in parts)
        deltas += ({"tool_calls": [part]} for part in (begun, *rest))
    return deltas


def _function(call: Call) -> Object:
    return {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}


def _call_id(request: Request, place: int) -> str:
    return f"call_{request.ident(24, f'call {place}')}"


def _ending(request: Request, finish_reason: str | None) -> Object:
    reasoning = request.model.startswith("gpt-5")  # these have no logprobs key at all
    return {**({} if reasoning else {"logprobs": None}), "finish_reason": finish_reason}


def _fingerprint(model: str) -> str | None:
    return None if model.startswith("gpt-5") else "fp_standin00"


def _legacy_head(request: Request) -> Object:
    ident = f"cmpl-standin{request.ident(22)}"
    return {
        "id": ident,
        "object": "text_completion",
        "created": CREATED,
        "model": request.model,
    }


def _legacy(text: str, finish_reason: str | None) -> Object:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": finish_reason}

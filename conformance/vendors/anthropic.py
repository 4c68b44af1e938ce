"""Anthropic's OpenAI dialect: compact JSON, few fields, `type` always invalid_request_error.

Only chat speaks it; the model list and every unknown path are native. Shapes and header names are
those of recordings made public by Mirascope/mirascope (chat, 2025-12) and of the model list
(2025-12); streams are from block/goose (relayed), errors from public reports. That
`response_format` is ignored is documented: platform.claude.com, OpenAI SDK compatibility.
"""

from __future__ import annotations

import json
from typing import Final

from conformance.vendors.dialect import CREATED, DATE, HEX, Answer, Headers, Object, Request, Routes
from conformance.vendors.replies import Reply, reply

LISTED: Final = {
    "claude-opus-4-6": "Claude Opus 4.6",
    "claude-sonnet-4-6": "Claude Sonnet 4.6",
    "claude-opus-4-5-20251101": "Claude Opus 4.5",
    "claude-haiku-4-5-20251001": "Claude Haiku 4.5",
    "claude-sonnet-4-5-20250929": "Claude Sonnet 4.5",
    "claude-opus-4-1-20250805": "Claude Opus 4.1",
}

# What is asked for, and the dated name that answers: the date may be left out.
CHAT: Final = {name: name for name in LISTED} | {
    name[: -len("-20251101")]: name for name in LISTED if name[-8:].isdigit()
}

# status and error code. No public report shows a quota error from the compat routes.
FAULTS: Final[dict[str, tuple[int, str, str]]] = {
    "rate-limit": (429, "rate_limit_error", "This request would exceed the stand-in's rate limit."),
    "server-error": (500, "api_error", "The stand-in was told to fail."),
    "overloaded": (529, "overloaded_error", "The stand-in is overloaded."),
}


def answer(request: Request) -> Answer:
    """Answer as api.anthropic.com to an OpenAI client: x-api-key and Bearer are both keys."""
    route = _ROUTES.get((request.method, request.path))
    if route is None:
        return _native_error(request, 404, "not_found_error", "Not Found")
    return route(request)


def fault(name: str, request: Request) -> Answer:
    """Answer with one of FAULTS. Raises `KeyError` for an unknown name."""
    return _error(request, *FAULTS[name])


def _chat(request: Request) -> Answer:
    sent = request.json
    if not request.has_stand_in_key:
        message = "Invalid Anthropic API Key, says the stand-in"
        return _error(request, 401, "authentication_error", message)
    if not sent.get("messages"):
        return _error(request, 400, "invalid_request_error", "The stand-in needs messages.")
    if "temperature" in sent and "top_p" in sent:
        message = "`temperature` and `top_p` cannot both be specified at the stand-in."
        return _error(request, 400, "invalid_request_error", message)
    if request.model not in CHAT:
        message = f"model: {request.model} was not found at the stand-in."
        return _error(request, 404, "not_found_error", message)
    said = reply(request, structured=False)
    if sent.get("stream"):
        headers = (*_edge(request, "text/event-stream"), *_limits(request))
        return Answer(payload=_chunks(request, said), headers=headers, streamed=True)
    choice = {
        "finish_reason": said.finish_reason,
        "index": 0,
        "message": {"role": "assistant", **_content(request, said)},
    }
    body = {**_head(request, choice, "chat.completion"), "usage": said.usage}
    headers = (*_edge(request, "application/json"), *_limits(request))
    return Answer(payload=body, headers=headers)


def _content(request: Request, said: Reply) -> Object:
    if not said.calls:
        return {"content": said.text}
    calls = []
    for place, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": json.dumps(call.arguments)}
        calls.append({"id": _call_id(request, place), "type": "function", "function": function})
    return {"tool_calls": calls}


def _chunks(request: Request, said: Reply) -> list[Object]:
    """Return the chunks: the role alone, the text, then the finish together with the usage."""
    deltas = [{"role": "assistant"}, *({"content": piece} for piece in said.pieces)]
    chunks = [
        _chunk(request, {"delta": delta}) for delta in (*deltas, *_call_deltas(request, said))
    ]
    last = _chunk(request, {"delta": {}, "finish_reason": said.finish_reason})
    return [*chunks, last | ({"usage": said.usage} if request.wants_usage else {})]


def _call_deltas(request: Request, said: Reply) -> list[Object]:
    """Return two deltas a call: it is opened with its name, then filled; both have the `type`."""
    deltas = []
    for place, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        opened = {"index": place, "id": _call_id(request, place), "type": "function"}
        arguments = {"arguments": json.dumps(call.arguments)}
        filled = {"index": place, "type": "function", "function": arguments}
        deltas += [{"tool_calls": [{**opened, "function": function}]}, {"tool_calls": [filled]}]
    return deltas


def _chunk(request: Request, choice: Object) -> Object:
    return _head(request, {"index": 0, **choice}, "chat.completion.chunk")


def _head(request: Request, choice: Object, kind: str) -> Object:
    return {
        "id": f"msg_01standin{request.ident(15)}",
        "choices": [choice],
        "created": CREATED,
        "model": CHAT[request.model],
        "object": kind,
    }


def _call_id(request: Request, place: int) -> str:
    return f"toolu_01{request.ident(22, f'call {place}')}"


def _models(request: Request) -> Answer:
    if not request.has_stand_in_key:
        message = "API key is invalid." if request.key else "x-api-key header is required"
        told = {"request_id": f"req_011{request.ident(21)}"}
        return _native_error(request, 401, "authentication_error", message, told)
    entries = [
        {"type": "model", "id": name, "display_name": shown, "created_at": "2026-01-01T00:00:00Z"}
        for name, shown in LISTED.items()
    ]
    ends = {"has_more": False, "first_id": entries[0]["id"], "last_id": entries[-1]["id"]}
    body = {"data": entries, **ends}
    return Answer(payload=body, headers=_edge(request, "application/json"))


def _error(request: Request, status: int, code: str, message: str) -> Answer:
    error = {"code": code, "message": message, "type": "invalid_request_error", "param": None}
    headers = _edge(request, "application/json")
    return Answer(payload={"error": error}, headers=headers, status=status)


def _native_error(
    request: Request, status: int, kind: str, message: str, told: Object | None = None
) -> Answer:
    body = {"type": "error", "error": {"type": kind, "message": message}, **(told or {})}
    return Answer(payload=body, headers=_edge(request, "application/json"), status=status)


def _edge(request: Request, content_type: str) -> Headers:
    return (
        ("Date", DATE),
        ("Content-Type", content_type),
        ("Server", "cloudflare"),
        ("CF-RAY", f"{request.ident(16, alphabet=HEX)}-SEA"),
        ("cf-cache-status", "DYNAMIC"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
        ("X-Robots-Tag", "none"),
        ("x-envoy-upstream-service-time", "35"),
    )


def _limits(request: Request) -> Headers:
    """Return the limits: unlike OpenAI's, the names of the totals have no `limit-`."""
    return (
        ("Vary", "accept-encoding"),
        ("x-ratelimit-requests", "4000"),
        ("x-ratelimit-tokens", "2400000"),
        ("x-ratelimit-remaining-requests", "3999"),
        ("x-ratelimit-remaining-tokens", "2400000"),
        ("x-ratelimit-reset-requests", "0s"),
        ("x-ratelimit-reset-tokens", "0s"),
        ("x-request-id", f"req_011{request.ident(21)}"),
    )


_ROUTES: Final[Routes] = {
    ("POST", "/v1/chat/completions"): _chat,
    ("GET", "/v1/models"): _models,
}

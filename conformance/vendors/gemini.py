"""Gemini's OpenAI dialect: routes, errors in an array, models, embeddings and headers.

Headers are those of streams recorded by jackmpcollins/magentic (2025-03) and the model list is the
one recorded, as SDK objects, by ogx-ai/ogx. Errors are from public reports: one gives the exact
bytes. JSON is compact: the Content-Length recorded by pydantic/pydantic-ai leaves no room for more.
"""

from __future__ import annotations

from typing import Final

from conformance.vendors.dialect import DATE, Answer, Headers, Object, Request, Routes, indented
from conformance.vendors.gemini_chat import bare, chunks, completion
from conformance.vendors.replies import reply, split, vector

CHAT: Final = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-2.5-flash-lite",
    "gemini-2.0-flash",
    "gemini-2.0-flash-lite",
    "gemini-3-pro-preview",
    "gemini-3-flash-preview",
    "gemini-flash-latest",
)
EMBEDDING: Final = "gemini-embedding-001"
OTHERS: Final = ("gemini-2.5-flash-preview-tts", "imagen-4.0-generate-001")

# The only field that a public report shows refused by name.
UNKNOWN_FIELD: Final = "web_search_options"

_RPC = "type.googleapis.com/google.rpc"
_METRIC = "generativelanguage.googleapis.com/generate_requests_per_model_per_day"
_EXCEEDED = {
    "quotaMetric": _METRIC,
    "quotaId": "GenerateRequestsPerDayPerProjectPerModel",
    "quotaDimensions": {"location": "global", "model": "stand-in"},
    "quotaValue": "250",
}
_QUOTA_DETAILS = (
    {"@type": f"{_RPC}.Help", "links": [{"description": "stand-in", "url": "about:blank"}]},
    {"@type": f"{_RPC}.QuotaFailure", "violations": [_EXCEEDED]},
    {"@type": f"{_RPC}.RetryInfo", "retryDelay": "39043s"},
)

# status, name of the status, message, details: 429s were reported with and without details.
FAULTS: Final[dict[str, tuple[int, str, str, tuple[Object, ...]]]] = {
    "rate-limit": (429, "RESOURCE_EXHAUSTED", "Too many requests at the stand-in.", ()),
    "quota": (429, "RESOURCE_EXHAUSTED", "No quota left at the stand-in.", _QUOTA_DETAILS),
    "server-error": (500, "INTERNAL", "The stand-in was told to fail.", ()),
    "overloaded": (503, "UNAVAILABLE", "The stand-in is overloaded.", ()),
}


def answer(request: Request) -> Answer:
    """Answer as Google does below /v1beta/openai: a bad key is a 400, never a 401."""
    route = _ROUTES.get((request.method, request.path))
    if route is None:
        page = "<!DOCTYPE html><title>404</title><p>No such path at the gemini stand-in.\n"
        headers = _headers("text/html; charset=UTF-8")
        return Answer(payload=page, headers=headers, spell=str, status=404)
    if not request.key:
        return _error(400, "INVALID_ARGUMENT", "Invalid Authorization header.")
    if not request.has_stand_in_key:
        info = {"@type": f"{_RPC}.ErrorInfo", "reason": "API_KEY_INVALID"}
        return _error(400, "INVALID_ARGUMENT", "API key not valid at the stand-in.", (info,))
    return route(request)


def fault(name: str, _request: Request) -> Answer:
    """Answer with one of FAULTS. Raises `KeyError` for an unknown name."""
    return _error(*FAULTS[name])


def _chat(request: Request) -> Answer:
    sent = request.json
    if not sent.get("messages"):
        return _error(400, "INVALID_ARGUMENT", "The stand-in needs messages.")
    if UNKNOWN_FIELD in sent:
        message = (
            f'Invalid JSON payload received. Unknown name "{UNKNOWN_FIELD}": Cannot find field.'
        )
        violations = [{"description": message}]
        details = {"@type": f"{_RPC}.BadRequest", "fieldViolations": violations}
        return _error(400, "INVALID_ARGUMENT", message, (details,))
    if sent.get("tools") and "json" in (sent.get("response_format") or {}).get("type", ""):
        return _error(400, "INVALID_ARGUMENT", "The stand-in has tools or JSON, never both.")
    if bare(request) not in CHAT:
        return _no_model(request)
    said = reply(request)
    if sent.get("stream"):
        headers = _headers("text/event-stream")
        return Answer(payload=chunks(request, said), headers=headers, streamed=True)
    return _json(completion(request, said))


def _embeddings(request: Request) -> Answer:
    if bare(request) != EMBEDDING:
        return _no_model(request)
    size = request.json.get("dimensions") or 3072
    data = [
        {"object": "embedding", "embedding": vector(text, size), "index": index}
        for index, text in enumerate(request.texts)
    ]
    tokens = sum(len(split(text)) for text in request.texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _json({"object": "list", "data": data, "model": bare(request), "usage": usage})


def _models(_request: Request) -> Answer:
    entries = [
        {
            "id": f"models/{name}",
            "object": "model",
            "owned_by": "google",
            "display_name": name.replace("-", " ").title(),
        }
        for name in (*CHAT, EMBEDDING, *OTHERS)
    ]
    return _json({"object": "list", "data": entries})


def _json(body: Object) -> Answer:
    return Answer(payload=body, headers=_headers("application/json"))


def _no_model(request: Request) -> Answer:
    message = f"models/{bare(request)} is not found for API version v1main, says the stand-in."
    return _error(404, "NOT_FOUND", message)


def _error(code: int, status: str, message: str, details: tuple[Object, ...] = ()) -> Answer:
    error: Object = {"code": code, "message": message, "status": status}
    error |= {"details": list(details)} if details else {}
    headers = _headers("application/json")
    return Answer(payload=[{"error": error}], headers=headers, spell=_array, status=code)


def _array(errors: list[Object]) -> str:
    """Spell an array of errors as curl showed it: only what is inside the brackets is indented."""
    return "[" + ",".join(indented(2)(error) for error in errors) + "\n]"


def _headers(content_type: str) -> Headers:
    return (
        ("Content-Type", content_type),
        ("Vary", "Origin"),
        ("Vary", "X-Origin"),
        ("Vary", "Referer"),
        ("Date", DATE),
        ("Server", "scaffolding on HTTPServer2"),
        ("X-XSS-Protection", "0"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("X-Content-Type-Options", "nosniff"),
        ("Server-Timing", "gfet4t7; dur=373"),
        ("Alt-Svc", 'h3=":443"; ma=2592000,h3-29=":443"; ma=2592000'),
    )


_ROUTES: Final[Routes] = {
    ("POST", "/v1beta/openai/chat/completions"): _chat,
    # Where remote::passthrough posts; whether Google answers here is UNSETTLED.
    ("POST", "/v1beta/openai/v1/chat/completions"): _chat,
    ("POST", "/v1beta/openai/embeddings"): _embeddings,
    ("GET", "/v1beta/openai/models"): _models,
}

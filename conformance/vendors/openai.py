"""OpenAI's dialect: routes, errors, models, embeddings and headers; chat is in `openai_chat`.

Shapes, key order, spelling and header names are those of public recordings: Mirascope/mirascope
(python/tests/e2e, 2025-10 to 2026-02), Arize-ai/openinference and
open-telemetry/opentelemetry-python-contrib (embeddings), envoyproxy/ai-gateway (400), and
posit-dev/chatlas (the model list, 2026-05).
"""

from __future__ import annotations

import base64
import struct
from typing import Final
from urllib.parse import unquote

from conformance.vendors import openai_chat
from conformance.vendors.dialect import (
    CREATED,
    DATE,
    HEX,
    Answer,
    Headers,
    Object,
    Request,
    Routes,
    indented,
)
from conformance.vendors.replies import Reply, greeting, reply, split, vector

DIMENSIONS: Final = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
LISTED: Final = (*openai_chat.MODELS, *openai_chat.LEGACY, *DIMENSIONS, "whisper-1")

# status, type, code, message: 429s as pasted in public reports, 5xx made up (see UNSETTLED).
FAULTS: Final[dict[str, tuple[int, str, str | None, str]]] = {
    "rate-limit": (429, "tokens", "rate_limit_exceeded", "Rate limit reached at the stand-in."),
    "quota": (429, "insufficient_quota", "insufficient_quota", "No quota left at the stand-in."),
    "server-error": (500, "server_error", None, "The stand-in was told to fail."),
    "overloaded": (503, "server_error", None, "The stand-in is overloaded."),
}

_PRETTY = indented(2, "\n")


def answer(request: Request) -> Answer:
    """Answer as api.openai.com: the key is looked at first, then the path, then the body."""
    if not request.key:
        return _error(request, 401, "You didn't provide an API key to the stand-in.")
    if not request.has_stand_in_key:
        message = f"Incorrect API key provided: {masked(request.key)}. This is the stand-in."
        return _error(request, 401, message, code="invalid_api_key")
    if route := _ROUTES.get((request.method, request.path)):
        return route(request)
    if request.method == "GET" and request.path.startswith("/v1/models/"):
        return _one_model(request, unquote(request.path.removeprefix("/v1/models/")))
    return _error(request, 404, f"Invalid URL ({request.method} {request.path})")


def fault(name: str, request: Request) -> Answer:
    """Answer with one of FAULTS. Raises `KeyError` for an unknown name."""
    status, kind, code, message = FAULTS[name]
    return _error(request, status, message, kind=kind, code=code)


def masked(key: str) -> str:
    """Mask a key as a 401 echoes it: eight characters, stars for the rest, the last four."""
    return key[:8] + "*" * (len(key) - 12) + key[-4:]


def _chat(request: Request) -> Answer:
    sent = request.json
    if not sent.get("messages"):
        message = "Invalid 'messages': empty array, says the stand-in."
        return _error(request, 400, message, code="empty_array", param="messages")
    if request.model not in {*openai_chat.MODELS, *openai_chat.MODELS.values()}:
        return _no_model(request, request.model)
    if "stop" in sent and request.model.startswith("gpt-5"):
        message = "Unsupported parameter: 'stop' is not supported with this model."
        return _error(request, 400, message, code="unsupported_parameter", param="stop")
    said = reply(request, parallel=True)
    if sent.get("stream"):
        return _stream(request, openai_chat.chunks(request, said))
    return _json(openai_chat.completion(request, said), _model_layer(request))


def _completions(request: Request) -> Answer:
    if request.model not in openai_chat.LEGACY:
        return _no_model(request, request.model)
    prompt = len(split(str(request.json.get("prompt", ""))))
    said = Reply(split(greeting("openai")), (), "stop", prompt)
    if request.json.get("stream"):
        return _stream(request, openai_chat.legacy_chunks(request, said))
    return _json(openai_chat.legacy_completion(request, said), _model_layer(request))


def _embeddings(request: Request) -> Answer:
    sent = request.json
    if request.model not in DIMENSIONS:
        return _no_model(request, request.model)
    size = sent.get("dimensions") or DIMENSIONS[request.model]
    if size < 1 or not request.texts:
        return _error(request, 400, "The stand-in needs an 'input', and 'dimensions' above 0.")
    spell = _packed if sent.get("encoding_format") == "base64" else list
    data = [
        {"object": "embedding", "index": index, "embedding": spell(vector(text, size))}
        for index, text in enumerate(request.texts)
    ]
    tokens = sum(len(split(text)) for text in request.texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    body = {"object": "list", "data": data, "model": request.model, "usage": usage}
    return _json(body, _embedding_layer(request))


def _packed(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def _models(request: Request) -> Answer:
    body = {"object": "list", "data": [_model(name) for name in LISTED]}
    return Answer(payload=body, headers=_list_layer(request), spell=indented(2))


def _one_model(request: Request, name: str) -> Answer:
    if name not in LISTED:
        return _no_model(request, name)
    return _json(_model(name), _list_layer(request))


def _model(name: str) -> Object:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "system"}


def _json(body: Object, headers: Headers) -> Answer:
    return Answer(payload=body, headers=headers, spell=_PRETTY)


def _stream(request: Request, chunks: list[Object]) -> Answer:
    headers = _model_layer(request, "text/event-stream; charset=utf-8")
    return Answer(payload=chunks, headers=headers, streamed=True)


def _no_model(request: Request, name: str) -> Answer:
    message = f"The model `{name}` does not exist at the stand-in."
    return _error(request, 404, message, code="model_not_found")


def _error(  # noqa: PLR0913 - the four fields of the envelope
    request: Request,
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Answer:
    """Return an error. A 400 comes from the model layer, spelled and headed like its answers."""
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    if status == 400:  # noqa: PLR2004
        return Answer(payload=body, headers=_model_layer(request), spell=indented(2), status=status)
    headers = (
        *_edge(request, "application/json; charset=utf-8"),
        ("vary", "Origin"),
        ("x-envoy-upstream-service-time", "1"),
        ("x-openai-proxy-wasm", "v0.1"),
    )
    return Answer(payload=body, headers=headers, spell=indented(4, "\n"), status=status)


def _edge(request: Request, content_type: str) -> Headers:
    return (
        ("Date", DATE),
        ("Content-Type", content_type),
        ("Server", "cloudflare"),
        ("CF-RAY", f"{request.ident(16, alphabet=HEX)}-SEA"),
        ("cf-cache-status", "DYNAMIC"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
        ("X-Content-Type-Options", "nosniff"),
        ("alt-svc", 'h3=":443"; ma=86400'),
        ("x-request-id", f"req_{request.ident(32, alphabet=HEX)}"),
    )


def _list_layer(request: Request) -> Headers:
    return (
        *_edge(request, "application/json"),
        ("openai-processing-ms", "40"),
        ("openai-version", "2020-10-01"),
        ("x-openai-proxy-wasm", "v0.1"),
    )


def _model_layer(request: Request, content_type: str = "application/json") -> Headers:
    return (
        *_edge(request, content_type),
        ("access-control-expose-headers", "X-Request-ID"),
        ("openai-organization", "standin-organization"),
        ("openai-processing-ms", "420"),
        ("openai-project", "proj_standin"),
        ("openai-version", "2020-10-01"),
        ("x-envoy-upstream-service-time", "456"),
        ("x-openai-proxy-wasm", "v0.1"),
        ("x-ratelimit-limit-requests", "5000"),
        ("x-ratelimit-limit-tokens", "800000"),
        ("x-ratelimit-remaining-requests", "4999"),
        ("x-ratelimit-remaining-tokens", "799993"),
        ("x-ratelimit-reset-requests", "12ms"),
        ("x-ratelimit-reset-tokens", "0s"),
    )


def _embedding_layer(request: Request) -> Headers:
    return (
        *(field for field in _model_layer(request) if field[0] != "x-openai-proxy-wasm"),
        ("access-control-allow-origin", "*"),
        ("openai-model", request.model),
        ("via", "envoy-router-standin"),
    )


_ROUTES: Final[Routes] = {
    ("POST", "/v1/chat/completions"): _chat,
    ("POST", "/v1/completions"): _completions,
    ("POST", "/v1/embeddings"): _embeddings,
    ("GET", "/v1/models"): _models,
}

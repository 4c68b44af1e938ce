"""The shapes of recorded vendor answers: keys in order, JSON types, header names. No vendor text.

A shape is an answer with every value replaced by the name of its JSON type; an array holds each
shape of its elements once. A stream is the shapes of its chunks, repetitions left out. Headers are
lower-case names, without those that only frame, compress or set cookies.
"""

from __future__ import annotations

from typing import Final, NamedTuple

STR, INT, FLOAT, BOOL, NULL = "str", "int", "float", "bool", "null"

MIRASCOPE = "recording, Mirascope/mirascope python/tests/e2e"
PASTED = "pasted in a public report; headers not shown"


class Recorded(NamedTuple):
    """What a sample of a vendor's answer looks like, and who made it public.

    `headers` is None where none were kept; `also` are names that the recorder dropped, or that
    other recordings of the same kind have.
    """

    source: str
    shape: object
    headers: frozenset[str] | None = None
    also: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPENAI_EDGE: Final = _names(
    "date content-type server cf-ray cf-cache-status strict-transport-security "
    "x-content-type-options alt-svc x-request-id"
)
OPENAI_LIMITS: Final = _names(
    "x-ratelimit-limit-requests x-ratelimit-limit-tokens x-ratelimit-remaining-requests "
    "x-ratelimit-remaining-tokens x-ratelimit-reset-requests x-ratelimit-reset-tokens"
)
OPENAI_HEADERS: Final = (
    OPENAI_EDGE
    | OPENAI_LIMITS
    | _names(
        "access-control-expose-headers openai-organization openai-processing-ms openai-project "
        "openai-version x-envoy-upstream-service-time x-openai-proxy-wasm"
    )
)
OPENAI_ERROR_HEADERS: Final = OPENAI_EDGE | _names(
    "vary x-envoy-upstream-service-time x-openai-proxy-wasm"
)
GEMINI_HEADERS: Final = _names(
    "alt-svc content-type date server server-timing vary x-content-type-options x-frame-options "
    "x-xss-protection"
)
ANTHROPIC_EDGE: Final = _names(
    "cf-cache-status cf-ray content-type date server strict-transport-security "
    "x-envoy-upstream-service-time x-robots-tag"
)
ANTHROPIC_HEADERS: Final = ANTHROPIC_EDGE | _names(
    "vary x-ratelimit-remaining-requests x-ratelimit-remaining-tokens x-ratelimit-requests "
    "x-ratelimit-reset-requests x-ratelimit-reset-tokens x-ratelimit-tokens x-request-id"
)

USAGE: Final = {
    "prompt_tokens": INT,
    "completion_tokens": INT,
    "total_tokens": INT,
    "prompt_tokens_details": {"cached_tokens": INT, "audio_tokens": INT},
    "completion_tokens_details": {
        "reasoning_tokens": INT,
        "audio_tokens": INT,
        "accepted_prediction_tokens": INT,
        "rejected_prediction_tokens": INT,
    },
}
SHORT_USAGE: Final = {"completion_tokens": INT, "prompt_tokens": INT, "total_tokens": INT}
FUNCTION: Final = {"name": STR, "arguments": STR}


def _openai_chat(message: object, ending: object = None, fingerprint: str = STR) -> object:
    ending = ending or {"logprobs": NULL, "finish_reason": STR}
    assert isinstance(ending, dict)
    return {
        "id": STR,
        "object": STR,
        "created": INT,
        "model": STR,
        "choices": [{"index": INT, "message": message, **ending}],
        "usage": USAGE,
        "service_tier": STR,
        "system_fingerprint": fingerprint,
    }


_CHUNK: Final = {
    "id": STR,
    "object": STR,
    "created": INT,
    "model": STR,
    "service_tier": STR,
    "system_fingerprint": STR,
}


def _openai_chunk(delta: object, finish: str = NULL, *, early: bool = False) -> object:
    choices = {
        "choices": [{"index": INT, "delta": delta, "logprobs": NULL, "finish_reason": finish}]
    }
    usage = {"usage": NULL}
    rest = {**usage, **choices} if early else {**choices, **usage}
    return {**_CHUNK, **rest, "obfuscation": STR}


_OPENAI_END: Final = (
    _openai_chunk({}, STR),
    {**_CHUNK, "choices": [], "usage": USAGE, "obfuscation": STR},
)
_OPENAI_TEXT_STREAM: Final = (
    _openai_chunk({"role": STR, "content": STR, "refusal": NULL}),
    _openai_chunk({"content": STR}),
    *_OPENAI_END,
)
_OPENED = {"tool_calls": [{"index": INT, "id": STR, "type": STR, "function": FUNCTION}]}
_FILLED = {"tool_calls": [{"index": INT, "function": {"arguments": STR}}]}


def _openai_error(param: str = NULL, code: str = STR) -> object:
    return {"error": {"message": STR, "type": STR, "param": param, "code": code}}


_EMBEDDED: Final = {"prompt_tokens": INT, "total_tokens": INT}
_MODEL: Final = {"id": STR, "object": STR, "created": INT, "owned_by": STR}


def _embeddings(embedding: object) -> object:
    data = [{"object": STR, "index": INT, "embedding": embedding}]
    return {"object": STR, "data": data, "model": STR, "usage": _EMBEDDED}


def _gemini_chat(message: object) -> object:
    return {
        "choices": [{"finish_reason": STR, "index": INT, "message": message}],
        "created": INT,
        "id": STR,
        "model": STR,
        "object": STR,
        "usage": SHORT_USAGE,
    }


def _gemini_chunk(choice: object) -> object:
    return {"choices": [choice], "created": INT, "model": STR, "object": STR, "usage": SHORT_USAGE}


_GEMINI_TEXT: Final = {"content": STR, "role": STR}
_GEMINI_CALL: Final = {"function": {"arguments": STR, "name": STR}, "id": STR, "type": STR}
_GOOGLE: Final = {"extra_content": {"google": {"thought": BOOL, "thought_signature": STR}}}
_SIGNATURE: Final = {"thought_signature": STR}


def _gemini_error(*details: object) -> object:
    told = {"details": list(details)} if details else {}
    return [{"error": {"code": INT, "message": STR, "status": STR, **told}}]


def _anthropic_chunk(choice: dict[str, object], **usage: object) -> object:
    choices = [{"index": INT, **choice}]
    return {"id": STR, "choices": choices, "created": INT, "model": STR, "object": STR, **usage}


_ANTHROPIC_ERROR: Final = {"error": {"code": STR, "message": STR, "type": STR, "param": NULL}}
_REPEATED = {"tool_calls": [{"index": INT, "type": STR, "function": {"arguments": STR}}]}

SHAPES: Final[dict[str, Recorded]] = {
    "openai-chat-plain": Recorded(
        f"{MIRASCOPE}, test_call, 2025-10",
        _openai_chat({"role": STR, "content": STR, "refusal": NULL, "annotations": []}),
        OPENAI_HEADERS,
    ),
    "openai-chat-plain-reasoning": Recorded(
        f"{MIRASCOPE}, gpt-5, 2026-01: no logprobs key, no fingerprint",
        _openai_chat(
            {"role": STR, "content": STR, "refusal": NULL, "annotations": []},
            {"finish_reason": STR},
            NULL,
        ),
        OPENAI_HEADERS - {"x-envoy-upstream-service-time"},
        frozenset({"x-envoy-upstream-service-time"}),
    ),
    "openai-chat-tool-calls-parallel": Recorded(
        f"{MIRASCOPE}, test_call_with_tools, 2025-10",
        _openai_chat(
            {
                "role": STR,
                "content": NULL,
                "tool_calls": [{"id": STR, "type": STR, "function": FUNCTION}],
                "refusal": NULL,
                "annotations": [],
            }
        ),
        OPENAI_HEADERS,
    ),
    "openai-stream-text-usage-gpt4o": Recorded(
        f"{MIRASCOPE}, test_call, 2025-12", _OPENAI_TEXT_STREAM, OPENAI_HEADERS
    ),
    "openai-stream-structured-output": Recorded(
        f"{MIRASCOPE}, test_structured_output_resume_stream, 2026-02",
        _OPENAI_TEXT_STREAM,
        OPENAI_HEADERS - {"x-envoy-upstream-service-time"},
        frozenset({"x-envoy-upstream-service-time"}),
    ),
    "openai-stream-tool-calls-parallel": Recorded(
        f"{MIRASCOPE}, test_call_with_tools, 2025-12",
        (
            _openai_chunk({"role": STR, "content": NULL}, early=True),
            *(_openai_chunk(delta, early=True) for delta in (_OPENED, _FILLED, _OPENED, _FILLED)),
            *_OPENAI_END,
        ),
        OPENAI_HEADERS,
    ),
    "openai-embeddings-float-dims512": Recorded(
        "recording, open-telemetry/opentelemetry-python-contrib openai-v2, 2025-05",
        _embeddings([FLOAT]),
        OPENAI_HEADERS - {"openai-project", "x-openai-proxy-wasm"}
        | _names("access-control-allow-origin openai-model via"),
        frozenset({"openai-project"}),
    ),
    "openai-embeddings-batch2-base64": Recorded(
        "recording, Arize-ai/openinference haystack", _embeddings(STR)
    ),
    "openai-models-list": Recorded(
        "recording, posit-dev/chatlas, 2026-05, which drops x-request-id",
        {"object": STR, "data": [_MODEL]},
        OPENAI_EDGE - {"x-request-id"}
        | _names("openai-processing-ms openai-version x-openai-proxy-wasm"),
        frozenset({"x-request-id"}),
    ),
    "openai-models-retrieve": Recorded("recording, 2024-04; headers have changed since", _MODEL),
    "openai-error-400-unsupported-parameter": Recorded(
        f"{MIRASCOPE}, test_call_with_params, 2026-01",
        _openai_error(param=STR),
        OPENAI_HEADERS - {"x-envoy-upstream-service-time"},
        frozenset({"x-envoy-upstream-service-time"}),
    ),
    "openai-error-400-empty-messages": Recorded(
        "recording, envoyproxy/ai-gateway, 2025-08; its keys are sorted, this is the wire order",
        _openai_error(param=STR),
    ),
    "openai-error-401-invalid-key": Recorded(
        f"{MIRASCOPE}, test_authentication_error, 2025-12", _openai_error(), OPENAI_ERROR_HEADERS
    ),
    "openai-error-401-invalid-key-stream": Recorded(
        f"{MIRASCOPE}, test_authentication_error_stream, 2025-12",
        _openai_error(),
        OPENAI_ERROR_HEADERS,
    ),
    "openai-error-404-model": Recorded(
        f"{MIRASCOPE}, 2025-12", _openai_error(), OPENAI_ERROR_HEADERS
    ),
    "openai-error-404-embeddings-model": Recorded(
        "recording, envoyproxy/ai-gateway, 2025-08",
        _openai_error(),
        OPENAI_EDGE | {"vary"},
        OPENAI_ERROR_HEADERS,
    ),
    "openai-error-429-tokens": Recorded(PASTED, _openai_error()),
    "openai-error-429-insufficient-quota": Recorded(PASTED, _openai_error()),
    "gemini-chat-plain": Recorded(
        "recording, pydantic/pydantic-ai, 2025-06, which drops x-*, date and server",
        _gemini_chat({"content": STR, **_GOOGLE, "role": STR, **_SIGNATURE}),
        _names("alt-svc content-type server-timing vary"),
        GEMINI_HEADERS,
    ),
    "gemini-chat-tool-call": Recorded(
        "recording, pydantic/pydantic-ai, 2025-06",
        _gemini_chat({**_GOOGLE, "role": STR, **_SIGNATURE, "tool_calls": [_GEMINI_CALL]}),
    ),
    "gemini-stream-text": Recorded(
        "recording, jackmpcollins/magentic, 2025-03",
        (
            _gemini_chunk({"delta": _GEMINI_TEXT, "index": INT}),
            _gemini_chunk({"delta": _GEMINI_TEXT, "finish_reason": STR, "index": INT}),
        ),
        GEMINI_HEADERS,
    ),
    "gemini-stream-tool-call": Recorded(
        "recording, jackmpcollins/magentic, 2025-03",
        (
            _gemini_chunk(
                {
                    "delta": {"role": STR, "tool_calls": [_GEMINI_CALL]},
                    "finish_reason": STR,
                    "index": INT,
                }
            ),
        ),
        GEMINI_HEADERS,
    ),
    "gemini-error-400-invalid-authorization-header": Recorded(PASTED, _gemini_error()),
    "gemini-error-400-function-call-json-mode": Recorded(PASTED, _gemini_error()),
    "gemini-error-400-unknown-field": Recorded(
        PASTED, _gemini_error({"@type": STR, "fieldViolations": [{"description": STR}]})
    ),
    "gemini-error-404-model": Recorded(PASTED, _gemini_error()),
    "gemini-error-429-quota": Recorded(
        PASTED,
        _gemini_error(
            {"@type": STR, "links": [{"description": STR, "url": STR}]},
            {
                "@type": STR,
                "violations": [
                    {
                        "quotaMetric": STR,
                        "quotaId": STR,
                        "quotaDimensions": {"location": STR, "model": STR},
                        "quotaValue": STR,
                    }
                ],
            },
            {"@type": STR, "retryDelay": STR},
        ),
    ),
    "gemini-error-503-overloaded": Recorded(PASTED, _gemini_error()),
    "gemini-models-list": Recorded(
        "SDK objects recorded by ogx-ai/ogx: `created` was absent or null, order not known",
        {"object": STR, "data": [{"id": STR, "object": STR, "owned_by": STR, "display_name": STR}]},
    ),
    "anthropic-chat-plain": Recorded(
        f"{MIRASCOPE}, test_call_non_openai_models_through_openai, 2025-12",
        {
            "id": STR,
            "choices": [
                {"finish_reason": STR, "index": INT, "message": {"role": STR, "content": STR}},
            ],
            "created": INT,
            "model": STR,
            "object": STR,
            "usage": SHORT_USAGE,
        },
        ANTHROPIC_HEADERS,
    ),
    "anthropic-stream-tool-call-relayed": Recorded(
        "block/goose, captured behind a relay",
        (
            _anthropic_chunk({"delta": {"role": STR}}),
            _anthropic_chunk({"delta": _OPENED}),
            _anthropic_chunk({"delta": _REPEATED}),
            _anthropic_chunk({"delta": {}, "finish_reason": STR}, usage=SHORT_USAGE),
        ),
    ),
    "anthropic-error-400-temperature-top-p": Recorded(PASTED, _ANTHROPIC_ERROR),
    "anthropic-error-401-invalid-key": Recorded(PASTED, _ANTHROPIC_ERROR),
    "anthropic-error-404-model": Recorded(PASTED, _ANTHROPIC_ERROR),
    "anthropic-error-429-rate-limit": Recorded(PASTED, _ANTHROPIC_ERROR),
    "anthropic-error-404-unknown-route": Recorded(
        PASTED, {"type": STR, "error": {"type": STR, "message": STR}}
    ),
    "anthropic-models-error-401": Recorded(
        "recording, 0xPlaygrounds/rig, with sorted keys and a request_id of null, perhaps scrubbed",
        {"type": STR, "error": {"type": STR, "message": STR}, "request_id": STR},
    ),
    "anthropic-models-list": Recorded(
        "recording with native headers, 2025-12",
        {
            "data": [{"type": STR, "id": STR, "display_name": STR, "created_at": STR}],
            "has_more": BOOL,
            "first_id": STR,
            "last_id": STR,
        },
        ANTHROPIC_EDGE,
    ),
}

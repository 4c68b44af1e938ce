"""The contract names every fault of an answer, and finds none in an answer without one."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.contract import (
    chat,
    completion,
    embedding,
    error,
    fidelity,
    header_fields,
    model_list,
    whole,
)
from conformance.contract.asked import Asked
from conformance.contract.names import SENTENCES
from conformance.stack.client import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = {"content-type": "application/json; charset=utf-8"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
TOKEN: dict[str, Any] = {"token": "Hi", "bytes": [72, 105], "logprob": -0.25}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
NOW = 1_767_225_600
HEAD = {"id": "x-1", "object": "chat.completion", "created": NOW, "model": "m"}
SAID = {
    **HEAD,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hi", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": USAGE,
}
CALLED = {
    **HEAD,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [CALL, CALL | {"id": "call_2"}],
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        }
    ],
    "usage": USAGE,
}
LEGACY: dict[str, Any] = {
    **HEAD,
    "object": "text_completion",
    "choices": [{"index": 0, "text": "hi", "logprobs": None, "finish_reason": "stop"}],
    "usage": USAGE,
}
VECTORS: dict[str, Any] = {
    "object": "list",
    "model": "m",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1]}],
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}
MODEL = {"id": "m", "object": "model", "created": NOW, "owned_by": "us"}
MODELS = {
    "object": "list",
    "data": [MODEL],
}
ERROR = {"error": {"message": "no", "type": "t", "param": None, "code": None}}
PLAIN: dict[str, tuple[Any, Callable[[Answer], Any], int]] = {
    "chat": (SAID, chat.plain, 200),
    "calls": (CALLED, chat.plain, 200),
    "legacy": (LEGACY, completion.plain, 200),
    "embeddings": (VECTORS, embedding.deviations, 200),
    "models": (MODELS, model_list.deviations, 200),
    "error": (ERROR, error.deviations, 400),
}
ABSENT = object()
CHOICE = "choices", 0
MESSAGE = *CHOICE, "message"
FIRST_CALL = *MESSAGE, "tool_calls", 0
DATA = "data", 0
FAULTS = [
    ("chat", ("id",), 7, "id"),
    ("chat", ("id",), "", "id"),
    ("chat", (*CHOICE, "logprobs"), ABSENT, "absent-field"),
    ("chat", ("id",), ABSENT, "id"),
    ("chat", ("object",), "chat.completion.chunk", "object"),
    ("chat", ("created",), 1.5, "created"),
    ("chat", ("created",), "1", "created"),
    ("chat", ("created",), True, "created"),
    ("chat", ("created",), 0, "created-time"),
    ("chat", ("created",), NOW * 1000, "created-time"),
    ("chat", ("created",), 2**32, "created-time"),
    ("chat", ("model",), None, "model"),
    ("chat", ("choices",), [], "choices"),
    ("chat", ("choices",), {}, "choices"),
    ("chat", CHOICE, None, "choices"),
    ("chat", (*CHOICE, "index"), 1, "index"),
    ("chat", (*CHOICE, "index"), ABSENT, "index"),
    ("chat", (*CHOICE, "finish_reason"), None, "finish-reason"),
    ("chat", (*CHOICE, "finish_reason"), "end_turn", "finish-reason"),
    ("chat", (*CHOICE, "finish_reason"), "tool_calls", "finish-reason"),
    ("chat", (*CHOICE, "logprobs"), [0.5], "logprobs"),
    ("chat", (*CHOICE, "logprobs"), {"content": {}}, "logprobs"),
    ("chat", (*CHOICE, "logprobs"), {"content": [TOKEN | {"token": 7}]}, "logprobs"),
    ("chat", (*CHOICE, "logprobs"), {"content": [TOKEN | {"logprob": "-1"}]}, "logprobs"),
    ("chat", (*CHOICE, "logprobs"), {"content": [TOKEN | {"logprob": 0.5}]}, "logprobs"),
    ("chat", (*CHOICE, "logprobs"), {"content": [TOKEN | {"bytes": "Hi"}]}, "logprobs"),
    ("chat", MESSAGE, ABSENT, "message"),
    ("chat", (*MESSAGE, "role"), "model", "role"),
    ("chat", (*MESSAGE, "role"), ABSENT, "role"),
    ("chat", (*MESSAGE, "content"), ["hi"], "content"),
    ("chat", (*MESSAGE, "content"), None, "content"),
    ("chat", (*MESSAGE, "refusal"), 7, "refusal"),
    ("chat", (*MESSAGE, "tool_calls"), None, "explicit-null"),
    ("chat", ("usage",), None, "usage"),
    ("chat", ("usage", "prompt_tokens"), 3.0, "usage"),
    ("chat", ("usage", "completion_tokens"), ABSENT, "usage"),
    ("chat", ("usage", "total_tokens"), 8, "usage-sum"),
    ("calls", (*MESSAGE, "tool_calls"), {}, "tool-calls"),
    ("calls", (*CHOICE, "finish_reason"), "stop", "finish-reason-of-calls"),
    ("calls", (*FIRST_CALL, "id"), "", "tool-call-id"),
    ("calls", (*FIRST_CALL, "id"), "call_2", "tool-call-id"),
    ("calls", (*FIRST_CALL, "type"), None, "tool-call-type"),
    ("calls", (*FIRST_CALL, "function"), None, "tool-call-function"),
    ("calls", (*FIRST_CALL, "function", "name"), None, "tool-call-name"),
    ("calls", (*FIRST_CALL, "function", "arguments"), {}, "tool-call-arguments"),
    ("calls", (*FIRST_CALL, "function", "arguments"), "{", "tool-call-arguments"),
    ("legacy", (*CHOICE, "text"), None, "text"),
    ("legacy", ("object",), "chat.completion", "object"),
    ("legacy", (*CHOICE, "finish_reason"), None, "finish-reason"),
    ("legacy", (*CHOICE, "index"), "0", "index"),
    ("embeddings", ("object",), "embedding", "object"),
    ("embeddings", ("model",), ABSENT, "model"),
    ("embeddings", ("data",), [], "data"),
    ("embeddings", (*DATA, "object"), "list", "object"),
    ("embeddings", (*DATA, "index"), 3, "index"),
    ("embeddings", (*DATA, "embedding"), "AAAA", "embedding"),
    ("embeddings", (*DATA, "embedding"), [], "embedding"),
    ("embeddings", (*DATA, "embedding"), [None], "embedding"),
    ("embeddings", ("usage",), ABSENT, "usage"),
    ("models", ("object",), ABSENT, "no-list-object"),
    ("models", ("object",), "models", "list-object"),
    ("models", ("data",), None, "data"),
    ("models", (*DATA, "id"), None, "id"),
    ("models", (*DATA, "object"), "list", "object"),
    ("models", (*DATA, "created"), "today", "created"),
    ("models", (*DATA, "owned_by"), None, "owned-by"),
    ("models", (*DATA, "created"), NOW * 1000, "created-time"),
    ("models", (*DATA, "api_key"), None, "undescribed"),
    ("models", ("has_more",), False, "undescribed"),
    ("models", ("data",), [MODEL, MODEL], "id-twice"),
    ("error", ("detail",), "no", "bare-detail"),
    ("error", ("error",), "no", "error-as-text"),
    ("error", ("error",), None, "error-no-object"),
    ("error", ("error",), ABSENT, "no-error"),
    ("error", ("error",), {"detail": "no"}, "error-detail"),
    ("error", ("error", "message"), None, "error-message"),
    ("error", ("error", "type"), ABSENT, "error-type"),
    ("error", ("error", "code"), 400, "error-code"),
    ("error", ("error", "param"), 7, "error-param"),
    ("error", ("error", "stack"), "Traceback", "undescribed"),
    ("error", ("choices",), [], "undescribed"),
    ("error", ("error", "param"), ABSENT, "no-error-param"),
    ("error", ("error", "code"), ABSENT, "no-error-code"),
]


def changed(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy with the value at a path, or without it."""
    body = copy.deepcopy(body)
    *way, last = path
    inner = body
    for step in way:
        inner = inner[step]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return body


def names(found: Any) -> set[str]:
    """Return the names of deviations."""
    return {deviation.name for deviation in found}


def stream(chunks: list[Any], ending: str = "data: [DONE]\n\n") -> Answer:
    """Return the answer of a stream of chunks."""
    events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return Answer(200, EVENTS, events + ending)


def chunk(delta: Any, reason: str | None = None) -> dict[str, Any]:
    """Return a chunk with one choice."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def part(**fields: Any) -> dict[str, Any]:
    """Return a delta with one fragment of a call."""
    return {"tool_calls": [{"index": 0, **fields}]}


WORDS = [chunk({"role": "assistant", "content": ""}), chunk({"content": "hi"}), chunk({}, "stop")]
CALLING = [
    chunk({"role": "assistant", "content": None}),
    chunk(part(id="c", type="function", function={"name": "add", "arguments": ""})),
    chunk(part(function={"arguments": "{}"})),
    chunk({}, "tool_calls"),
]
FRAGMENT = *CHOICE, "delta", "tool_calls", 0
STREAM_FAULTS = [
    (WORDS, 1, ("id",), "x-2", "changing-id"),
    (WORDS, 1, ("created",), 2, "changing-created"),
    (WORDS, 1, ("model",), "n", "changing-model"),
    (WORDS, 0, ("object",), "chat.completion", "object"),
    (WORDS, 0, ("choices",), None, "choices"),
    (WORDS, 1, (*CHOICE, "index"), None, "index"),
    (WORDS, 1, (*CHOICE, "index"), 2, "index"),
    (WORDS, 1, (*CHOICE, "delta"), None, "delta"),
    (WORDS, 1, (*CHOICE, "logprobs"), {"content": [{}]}, "logprobs"),
    (WORDS, 1, (*CHOICE, "delta", "content"), 7, "content"),
    (WORDS, 1, (*CHOICE, "delta", "tool_calls"), None, "explicit-null"),
    (WORDS, 0, (*CHOICE, "delta", "role"), ABSENT, "role"),
    (WORDS, 0, (*CHOICE, "delta", "role"), "user", "role"),
    (WORDS, 1, (*CHOICE, "finish_reason"), "stop", "finish-reason"),
    (WORDS, 2, (*CHOICE, "finish_reason"), None, "finish-reason"),
    (WORDS, 2, (*CHOICE, "finish_reason"), "eos", "finish-reason"),
    (WORDS, 2, (*CHOICE, "finish_reason"), "tool_calls", "finish-reason"),
    (WORDS, 2, ("usage",), {**USAGE, "total_tokens": 9}, "usage-sum"),
    (WORDS, 2, ("usage",), USAGE, "usage-unasked"),
    (CALLING, 1, (*FRAGMENT, "index"), ABSENT, "tool-call-index"),
    (CALLING, 1, (*FRAGMENT, "index"), 1, "tool-call-index"),
    (CALLING, 1, (*FRAGMENT, "id"), ABSENT, "tool-call-id"),
    (CALLING, 1, (*FRAGMENT, "type"), "tool", "tool-call-type"),
    (CALLING, 1, (*FRAGMENT, "function", "name"), "", "tool-call-name"),
    (CALLING, 2, (*FRAGMENT, "type"), None, "tool-call-null"),
    (CALLING, 2, (*FRAGMENT, "id"), None, "tool-call-null"),
    (CALLING, 2, (*FRAGMENT, "function", "name"), None, "tool-call-null"),
    (CALLING, 2, (*FRAGMENT, "function", "arguments"), {}, "tool-call-arguments"),
    (CALLING, 2, (*FRAGMENT, "function"), ABSENT, "tool-call-function"),
]
ENDINGS = [
    ("", "no-done"),
    ("data: [DONE]\n\ndata: {}\n\n", "after-done"),
    ("data: {\n\ndata: [DONE]\n\n", "event-not-json"),
    ("nonsense\n\ndata: [DONE]\n\n", "line-of-no-field"),
    ("data: [DONE]\n", "event-not-ended"),
    ('data: {"id": 1, "id": 2}\n\ndata: [DONE]\n\n', "field-twice"),
    ('data: {"id": NaN}\n\ndata: [DONE]\n\n', "event-not-json"),
]
HEADERS = [
    ("date", "Thu, 01 Jan 2015 00:00:00 GMT", "date"),
    ("transfer-encoding", "gzip, chunked", "transfer-encoding"),
    ("expires", "Thu, 01 Jan 2099 00:00:00 GMT", "cacheable"),
    ("content-length", "3", "content-length"),
    ("content-encoding", "gzip", "content-encoding"),
    ("cache-control", "public", "cacheable"),
    ("cache-control", "max-age=60", "cacheable"),
    ("cache-control", "max-age=0, stale-while-revalidate=60", "cacheable"),
    ("cache-control", 'private="date", max-age=60', "cacheable"),
    ("connection", "close, content-type", "connection"),
    ("set-cookie", "a=b", "cookie"),
    ("location", "/", "stray-header"),
    ("retry-after", "1", "stray-header"),
    ("content-disposition", "attachment", "stray-header"),
]
FRAMED = [
    "data: {}\r\n\r\n",
    "data: {}\r\r",
    "data:{}\n\n",
    "data:  {}\n\n",
    "data: {\ndata: }\n\n",
    ": ping\n\ndata: {}\n\n",
    "event: message\ndata: {}\n\n",
    "id: 7\ndata: {}\n\n",
    "retry: 9\n\ndata: {}\n\n",
]
# Provoked by a test of their own.
ELSEWHERE = {
    "no-allow",
    "content-type",
    "not-json",
    "half-letter",
    "no-object",
    "error-in-list",
    "error-not-json",
    "error-status",
    "usage-chunk",
    "charset",
    "error-event",
    "status",
    "other-status",
    "other-number-of-chunks",
    "other-framing",
    "dimensions",
    "made-up",
    "added-header",
    "passed-on-header",
}
# What the vendor sends, what the caller gets, and the name of the difference.
ALTERED: list[tuple[Any, Any, str]] = [
    ({"a": 1}, {"a": 2}, "changed"),
    ({"a": [1, 2]}, {"a": [1]}, "changed"),
    ({"a": 1}, {"a": 1.0}, "changed"),
    ({"a": 1}, {"a": True}, "changed"),
    ({"a": {}}, {"a": []}, "changed"),
    ({"a": [{"b": 1}]}, {"a": [{}]}, "dropped"),
    ({"a": []}, {"a": None}, "nulled"),
    ({"a": None}, {}, "dropped-null"),
    ({}, {"a": 1}, "added"),
    ({}, {"a": None}, "added-null"),
    ({"model": "m"}, {"model": "openai/m"}, "model-as-asked"),
    ({"model": "m"}, {"model": "n"}, "changed"),
]


@pytest.mark.parametrize("kind", PLAIN)
def test_an_answer_that_keeps_the_contract(kind: str) -> None:
    """An answer of each kind has no deviation."""
    body, deviations, status = PLAIN[kind]

    assert deviations(Answer(status, JSON, json.dumps(body))) == []


@pytest.mark.parametrize("chunks", [WORDS, CALLING], ids=["words", "calls"])
def test_a_stream_that_keeps_the_contract(chunks: list[Any]) -> None:
    """A stream of words and one of calls have no deviation."""
    assert chat.streamed(stream(chunks)) == []


@pytest.mark.parametrize(("kind", "path", "value", "name"), FAULTS)
def test_a_fault_is_named(kind: str, path: Any, value: Any, name: str) -> None:
    """A fault of a plain answer is found under its name."""
    body, deviations, status = PLAIN[kind]
    answer = Answer(status, JSON, json.dumps(changed(body, path, value)))

    assert name in names(deviations(answer))


@pytest.mark.parametrize(("chunks", "place", "path", "value", "name"), STREAM_FAULTS)
def test_a_fault_of_a_chunk_is_named(
    chunks: list[Any], place: int, path: Any, value: Any, name: str
) -> None:
    """A fault of one chunk of a stream is found under its name."""
    faulty = [*chunks]
    faulty[place] = changed(faulty[place], path, value)

    assert name in names(chat.streamed(stream(faulty)))


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("text", ["no JSON", "7"])
def test_a_body_that_is_no_object(kind: str, text: str) -> None:
    """A body that is no JSON object has a name, not an exception."""
    _body, deviations, status = PLAIN[kind]

    found = names(deviations(Answer(status, JSON, text)))

    assert found in ({"not-json"}, {"no-object"}, {"error-not-json"}, {"error-no-object"})


@pytest.mark.parametrize("kind", PLAIN)
def test_the_content_type(kind: str) -> None:
    """JSON under another media type is a deviation."""
    body, deviations, status = PLAIN[kind]
    answer = Answer(status, {"content-type": "text/plain"}, json.dumps(body))

    assert names(deviations(answer)) == {"content-type"}


def test_a_list_as_error() -> None:
    """An error inside a list, as Gemini sends it, has a name of its own."""
    answer = Answer(400, JSON, json.dumps([ERROR]))

    assert names(error.deviations(answer)) == {"error-in-list"}


@pytest.mark.parametrize(("ending", "name"), ENDINGS)
def test_the_end_of_a_stream(ending: str, name: str) -> None:
    """What is wrong with the events of a stream has a name."""
    assert name in names(chat.streamed(stream(WORDS, ending)))


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n: ping\n"])
def test_other_line_ends_and_comments(newline: str) -> None:
    """CRLF, CR and comments are allowed in a stream."""
    sent = stream(WORDS)
    answer = Answer(200, EVENTS, sent.text.replace("\n", newline) + "\n\n")

    assert chat.streamed(answer) == []


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": -Infinity}'])
def test_numbers_that_json_does_not_have(kind: str, text: str) -> None:
    """What Python's parser takes and others refuse is no JSON."""
    _body, deviations, status = PLAIN[kind]

    assert names(deviations(Answer(status, JSON, text))) in ({"not-json"}, {"error-not-json"})


@pytest.mark.parametrize("kind", PLAIN)
def test_a_field_that_is_there_twice(kind: str) -> None:
    """Two fields of one name in one object are a deviation, and equal names of others none."""
    body, deviations, status = PLAIN[kind]
    text = json.dumps(body).replace("{", '{"id": "x", "id": "y", ', 1)

    assert "field-twice" in names(deviations(Answer(status, JSON, text)))


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("letter", [r"\ud83d", r"\uDE42", r"\ude42\ud83d"])
def test_a_letter_that_is_half(kind: str, letter: str) -> None:
    """Half of a surrogate pair is a deviation of the letter; a whole pair is a letter."""
    body, deviations, status = PLAIN[kind]
    halved, whole = (
        Answer(status, JSON, json.dumps(body).replace("{", f'{{"x": "{each}", ', 1))
        for each in (letter, r"\ud83d\ude42")
    )

    assert "half-letter" in names(deviations(halved))
    assert "half-letter" not in names(deviations(whole))


@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_nested_too_deep(kind: str) -> None:
    """What no parser can hold is no JSON, and does not end the run."""
    _body, deviations, status = PLAIN[kind]
    found = names(deviations(Answer(status, JSON, "[" * 100_000 + "]" * 100_000)))

    assert found in ({"not-json"}, {"error-not-json"})


@pytest.mark.parametrize(("field", "value", "name"), HEADERS)
def test_header_fields(field: str, value: str, name: str) -> None:
    """A field that makes a client treat an answer otherwise is a deviation."""
    answer = Answer(200, {**JSON, field: value}, "{}")

    assert {name} == names(header_fields.deviations(answer))


def test_header_fields_that_say_nothing_else() -> None:
    """An answer's length in bytes, its own cache and a refusal's hints are allowed."""
    told = {"content-length": "4", "content-encoding": "identity", "cache-control": "max-age=0"}
    hints = {
        "retry-after": "1",
        "www-authenticate": "Bearer",
        "cache-control": "private, max-age=9",
        "connection": "Upgrade, Keep-Alive",
    }

    assert [] == list(header_fields.deviations(Answer(200, JSON | told, '"é"')))
    assert [] == list(header_fields.deviations(Answer(429, JSON | hints, "")))


def test_header_fields_of_an_answer_without_a_vendors() -> None:
    """Each field has a use for the transport or for the status, or it has a name."""
    useful = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}
    for status, field in useful.items():
        answer = Answer(status, {**JSON, "date": "now", field: "GET"}, "")
        assert [] == list(header_fields.of_own(answer))
    for field in ("x-should-retry", "retry-after", "authorization", "age"):
        answer = Answer(404, {**JSON, field: "1"}, "")
        assert ["added-header"] == [each.name for each in header_fields.of_own(answer)]

    assert ["no-allow"] == [each.name for each in header_fields.of_own(Answer(405, JSON, ""))]


def test_header_fields_beside_the_vendors() -> None:
    """A vendor's field that reaches the caller, and one that nobody sent, have names."""
    asked = Asked("POST", "/v1/chat/completions", {"model": "openai/m"})
    vendor = Answer(200, {**JSON, "x-request-id": "1"}, "{}")
    for value, name in (("1", "passed-on-header"), ("2", "added-header")):
        ours = Answer(200, {**JSON, "date": "now", "x-request-id": value}, "{}")

        assert [name] == [each.name for each in fidelity.deviations(asked, ours, vendor)]


@pytest.mark.parametrize("form", FRAMED)
def test_lines_framed_in_another_way(form: str) -> None:
    """Lines that the vendor frames as all do, and the gateway otherwise, have a name."""
    asked = Asked("POST", "/v1/chat/completions", {"model": "openai/m", "stream": True})
    usual, other = (Answer(200, EVENTS, text) for text in ('data: {"id":\n\n', form))

    assert "other-framing" in names(fidelity.deviations(asked, other, usual))
    assert "other-framing" not in names(fidelity.deviations(asked, usual, other))


def test_an_error_under_a_status_of_success() -> None:
    """An error whose status says 200 is a deviation."""
    assert names(error.deviations(Answer(200, JSON, json.dumps(ERROR)))) == {"error-status"}


def test_usage_that_was_asked_for() -> None:
    """A stream that was asked for its usage reports it in a last chunk without choices."""
    last = {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}

    assert chat.streamed(stream([*WORDS, last]), with_usage=True) == []
    assert names(chat.streamed(stream(WORDS), with_usage=True)) == {"usage"}
    merged = [*WORDS[:-1], {**WORDS[-1], "usage": USAGE}]
    assert names(chat.streamed(stream(merged), with_usage=True)) == {"usage-chunk"}


def test_every_name_is_explained() -> None:
    """A deviation that a test provokes has its sentence, and each sentence its test."""
    provoked = {row[-1] for row in (*FAULTS, *STREAM_FAULTS, *ENDINGS, *HEADERS)} | ELSEWHERE

    assert provoked | {row[-1] for row in ALTERED} == SENTENCES.keys()


@pytest.mark.parametrize(("vendors", "ours", "name"), ALTERED)
def test_an_answer_differs_from_the_vendors(vendors: Any, ours: Any, name: str) -> None:
    """Whatever differs from the vendor's answer to the same request has a name."""
    asked = Asked("POST", "/v1/chat/completions", {"model": "openai/m"})
    both = (Answer(200, JSON, json.dumps(each)) for each in (ours, vendors))

    assert [name] == [each.name for each in fidelity.deviations(asked, *both)]


def test_a_stream_differs_from_the_vendors() -> None:
    """Chunks that were left out, and another status, have names."""
    asked = Asked("POST", "/v1/chat/completions", {"model": "openai/m", "stream": True})
    theirs = Answer(200, EVENTS, "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n")
    ours = Answer(201, EVENTS, "data: {}\n\ndata: [DONE]\n\n")

    found = [each.name for each in fidelity.deviations(asked, ours, theirs)]
    assert found == ["other-status", "other-number-of-chunks"]


def test_lists_of_models_are_the_gateways_own() -> None:
    """A list of models is not compared with a vendor's."""
    asked = Asked("GET", "/v1/models")

    assert [] == list(fidelity.deviations(asked, Answer(200, JSON, "{}"), Answer(404, JSON, "")))


def test_the_dimensions_of_vectors() -> None:
    """Vectors of another length than was asked for, or of several, are deviations."""
    answer = Answer(200, JSON, json.dumps(VECTORS))
    uneven = {**VECTORS, "data": [*VECTORS["data"], {**VECTORS["data"][0], "index": 1}]}
    uneven["data"][1]["embedding"] = [1]

    assert names(embedding.deviations(answer, numbers=2)) == set()
    assert names(embedding.deviations(answer, numbers=3)) == {"dimensions"}
    both = embedding.deviations(Answer(200, JSON, json.dumps(uneven)), texts=2)
    assert names(both) == {"dimensions"}


def test_legacy_completions_of_several_choices() -> None:
    """As many choices as `n` and the prompts ask for, plain and streamed, each with its end."""
    one = LEGACY["choices"][0]
    body = {"prompt": ["a", "b"], "n": 1}
    asked = Asked("POST", "/v1/completions", body)
    both = json.dumps({**LEGACY, "choices": [one, {**one, "index": 1}]})

    assert whole.deviations(asked, Answer(200, JSON, both)) == []
    alone = whole.deviations(asked, Answer(200, JSON, json.dumps(LEGACY)))
    assert names(alone) == {"choices"}
    chunks = [{**LEGACY, "choices": [{**one, "index": place}]} for place in (0, 1)]
    assert names(completion.streamed(stream(chunks))) == set()
    unended = [chunks[0], changed(chunks[1], (*CHOICE, "finish_reason"), None)]
    assert names(completion.streamed(stream(unended))) == {"finish-reason"}


def test_the_usage_of_a_legacy_stream() -> None:
    """A legacy stream that was asked for its usage reports it in a last chunk without choices."""
    said = {key: each for key, each in LEGACY.items() if key != "usage"}
    last = {**LEGACY, "choices": []}

    assert completion.streamed(stream([said, last]), with_usage=True) == []
    assert names(completion.streamed(stream([said]), with_usage=True)) == {"usage"}


def test_packed_embeddings() -> None:
    """Floats where base64 was asked for, or bytes that are no floats, are deviations."""
    for vector, expected in (("AAAAAA==", set()), ("AAA=", {"embedding"}), ([1], {"embedding"})):
        body = changed(VECTORS, (*DATA, "embedding"), vector)
        answer = Answer(200, JSON, json.dumps(body))

        assert names(embedding.deviations(answer, base64_asked=True)) == expected

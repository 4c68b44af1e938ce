"""The stand-ins look like the vendors' recordings, answer the same every time, fail as told."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import openai
import pytest

from conformance.vendors import STAND_IN_KEYS, UNSETTLED, UPSTREAMS, faults
from conformance.vendors.dialect import Request
from conformance.vendors.faults import REMOVED, Fault
from conformance.vendors.openai import masked
from conformance.vendors.replies import sample
from conformance.vendors.server import serve
from conformance.vendors.stand_ins import StandInError, StandIns
from tests.support.upstream_shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = {
    "openai": "gpt-4o",
    "gemini": "gemini-2.0-flash",
    "anthropic": "claude-sonnet-4-5",
}
FRAMING = {"transfer-encoding", "content-length", "connection", "content-encoding", "set-cookie"}
WITH_USAGE = {"stream": True, "stream_options": {"include_usage": True}}
SCHEMA = {"type": "object", "properties": {"lucky": {"type": "integer"}}, "required": ["lucky"]}
STRUCTURED = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
}


def tool(name: str) -> dict[str, Any]:
    """Return a tool with one integer argument."""
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}}


TWO_TOOLS = {"tools": [tool("first"), tool("second")]}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """One HTTP client, so that connections are used again."""
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def sdk(running_stand_ins: StandIns, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    """The official SDK, pointed at the stand-in that the parameter names, without retries."""
    name = request.param
    with openai.OpenAI(
        base_url=running_stand_ins.url(name), api_key=STAND_IN_KEYS[name], max_retries=0
    ) as client:
        yield client


class Ask(NamedTuple):
    """A request to a stand-in, for the sample that its answer is compared with."""

    sample: str
    body: dict[str, Any]
    route: str = "/chat/completions"
    status: int = 200
    key: str | None = None

    @property
    def upstream(self) -> str:
        """The vendor, by the sample's name."""
        return self.sample.partition("-")[0]


def chat(model: str, **more: object) -> dict[str, Any]:
    """Return the body of a chat request."""
    return {"model": model, "messages": [{"role": "user", "content": "Who is there?"}], **more}


GEMINI, CLAUDE, EMBED = MODELS["gemini"], MODELS["anthropic"], "text-embedding-3-small"
ASKED = [
    Ask("openai-chat-plain", chat("gpt-4o")),
    Ask("openai-chat-plain-reasoning", chat("gpt-5")),
    Ask("openai-chat-tool-calls-parallel", chat("gpt-4o", **TWO_TOOLS)),
    Ask("openai-stream-text-usage-gpt4o", chat("gpt-4o", **WITH_USAGE)),
    Ask("openai-stream-structured-output", chat("gpt-4o", **WITH_USAGE, **STRUCTURED)),
    Ask("openai-stream-tool-calls-parallel", chat("gpt-4o", **WITH_USAGE, **TWO_TOOLS)),
    Ask("openai-embeddings-float-dims512", {"model": EMBED, "input": "a"}, "/embeddings"),
    Ask(
        "openai-embeddings-batch2-base64",
        {"model": EMBED, "input": ["a", "b"], "encoding_format": "base64"},
        "/embeddings",
    ),
    Ask("openai-models-list", {}, "/models"),
    Ask("openai-models-retrieve", {}, "/models/gpt-4o"),
    Ask("openai-error-400-unsupported-parameter", chat("gpt-5", stop=["x"]), status=400),
    Ask("openai-error-400-empty-messages", {"model": "gpt-4o", "messages": []}, status=400),
    Ask("openai-error-401-invalid-key", chat("gpt-4o"), status=401, key="sk-wrong-12345678"),
    Ask(
        "openai-error-401-invalid-key-stream",
        chat("gpt-4o", **WITH_USAGE),
        status=401,
        key="sk-wrong-12345678",
    ),
    Ask("openai-error-404-model", chat("nobody"), status=404),
    Ask("openai-error-404-embeddings-model", {"model": "x"}, "/embeddings", status=404),
    Ask("openai-error-429-tokens", chat("fault-rate-limit"), status=429),
    Ask("openai-error-429-insufficient-quota", chat("fault-quota"), status=429),
    Ask("gemini-chat-plain", chat("gemini-2.5-pro")),
    Ask("gemini-chat-tool-call", chat("gemini-2.5-pro", **TWO_TOOLS)),
    Ask("gemini-stream-text", chat(GEMINI, **WITH_USAGE)),
    Ask("gemini-stream-tool-call", chat(GEMINI, **WITH_USAGE, **TWO_TOOLS)),
    Ask("gemini-error-400-invalid-authorization-header", chat(GEMINI), status=400, key=""),
    Ask(
        "gemini-error-400-function-call-json-mode",
        chat(GEMINI, **TWO_TOOLS, **STRUCTURED),
        status=400,
    ),
    Ask("gemini-error-400-unknown-field", chat(GEMINI, web_search_options={}), status=400),
    Ask("gemini-error-404-model", chat("nobody"), status=404),
    Ask("gemini-error-429-quota", chat("fault-quota"), status=429),
    Ask("gemini-error-503-overloaded", chat("fault-overloaded"), status=503),
    Ask("gemini-models-list", {}, "/models"),
    Ask("anthropic-chat-plain", chat(CLAUDE)),
    Ask("anthropic-stream-tool-call-relayed", chat(CLAUDE, **WITH_USAGE, **TWO_TOOLS)),
    Ask("anthropic-error-400-temperature-top-p", chat(CLAUDE, temperature=0, top_p=1), status=400),
    Ask("anthropic-error-401-invalid-key", chat(CLAUDE), status=401, key="sk-wrong-12345678"),
    Ask("anthropic-error-404-model", chat("nobody"), status=404),
    Ask("anthropic-error-429-rate-limit", chat("fault-rate-limit"), status=429),
    Ask("anthropic-error-404-unknown-route", chat(CLAUDE), "/nowhere", status=404),
    Ask("anthropic-models-error-401", {}, "/models", status=401, key="sk-wrong-12345678"),
    Ask("anthropic-models-list", {}, "/models"),
]


def get(http: httpx.Client, stand_ins: StandIns, ask: Ask) -> httpx.Response:
    """Send a request as an OpenAI client would; models are listed, all else is posted."""
    key = STAND_IN_KEYS[ask.upstream] if ask.key is None else ask.key
    method = "GET" if ask.route.startswith("/models") else "POST"
    return http.request(
        method,
        stand_ins.url(ask.upstream) + ask.route,
        headers={"authorization": f"Bearer {key}".strip()},
        json=ask.body if method == "POST" else None,
    )


def shape(value: object) -> object:
    """Return the shape of a JSON value, as `upstream_shapes` defines it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return unlike([shape(inner) for inner in value])
    return "null" if value is None else type(value).__name__


def unlike(shapes: list[object]) -> list[object]:
    """Leave out what was there before. Order of keys counts."""
    return list({json.dumps(one): one for one in shapes}.values())


def frames(text: str) -> list[Any]:
    """Return the chunks of a stream that ends as it should."""
    *lines, done, rest = text.split("\n\n")

    assert (done, rest) == ("data: [DONE]", "")

    return [json.loads(line.removeprefix("data: ")) for line in lines]


def stream_shape(text: str) -> list[object]:
    """Return the shapes of the chunks, repetitions left out."""
    seen: list[object] = []
    for one in map(shape, frames(text)):
        if not seen or json.dumps(one) != json.dumps(seen[-1]):
            seen.append(one)
    return seen


def header_names(response: httpx.Response) -> set[str]:
    """Return the names of the headers that do more than frame the body."""
    return {name.lower() for name in response.headers} - FRAMING


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.sample)
def test_shape_of_body(http: httpx.Client, stand_ins: StandIns, ask: Ask) -> None:
    """Every answer has the keys, in the order and of the types, that were recorded."""
    response = get(http, stand_ins, ask)
    streamed = response.headers["content-type"].startswith("text/event-stream")
    found = stream_shape(response.text) if streamed else shape(response.json())

    assert ask.status == response.status_code
    assert json.dumps(SHAPES[ask.sample].shape) == json.dumps(found)


@pytest.mark.parametrize(
    "ask", [ask for ask in ASKED if SHAPES[ask.sample].headers], ids=lambda ask: ask.sample
)
def test_names_of_headers(http: httpx.Client, stand_ins: StandIns, ask: Ask) -> None:
    """Every answer has the header names that were recorded, and none that never were."""
    recorded = SHAPES[ask.sample]
    names = header_names(get(http, stand_ins, ask))

    assert recorded.headers is not None
    assert recorded.headers <= names
    assert names <= recorded.headers | recorded.also


def test_every_shape_is_compared() -> None:
    """No shape is kept that no stand-in is held to."""
    assert set(SHAPES) == {ask.sample for ask in ASKED}


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.sample)
def test_same_request_same_bytes(http: httpx.Client, stand_ins: StandIns, ask: Ask) -> None:
    """The answer is the same byte for byte, headers too, whatever the order of the keys sent."""
    turned = ask._replace(body=dict(reversed(ask.body.items())))
    first = get(http, stand_ins, ask)
    with serve([ask.upstream]) as others:
        second = get(http, others, turned)

    assert first.headers.raw == second.headers.raw
    assert first.content == second.content


def test_openai_spelling(http: httpx.Client, stand_ins: StandIns) -> None:
    """OpenAI indents answers by 2 with a newline, 400s without, 401 and 404 by 4 with one."""
    spelled = {
        ask.sample: get(http, stand_ins, ask).text for ask in ASKED if ask.upstream == "openai"
    }

    assert spelled["openai-chat-plain"].startswith('{\n  "id": "chatcmpl-')
    assert spelled["openai-chat-plain"].endswith("\n}\n")
    assert spelled["openai-models-list"].endswith("\n  ]\n}")
    assert spelled["openai-error-400-unsupported-parameter"].startswith('{\n  "error": {\n    "')
    assert spelled["openai-error-400-unsupported-parameter"].endswith("\n  }\n}")
    assert spelled["openai-error-401-invalid-key"].startswith('{\n    "error": {\n        "')
    assert spelled["openai-error-404-model"].endswith("\n    }\n}\n")


def test_gemini_spelling(http: httpx.Client, stand_ins: StandIns) -> None:
    """A missing key gets Gemini's 400 array, in exactly the 121 bytes that curl counted."""
    ask = Ask("gemini-error", chat(GEMINI), status=400, key="")
    response = get(http, stand_ins, ask)

    assert response.headers["content-length"] == "121"
    assert response.text.startswith('[{\n  "error": {\n    "code": 400,\n')
    assert response.text.endswith("\n  }\n}\n]")


def test_anthropic_spelling(http: httpx.Client, stand_ins: StandIns) -> None:
    """Anthropic's answers are compact, without a newline behind them."""
    text = get(http, stand_ins, Ask("anthropic-chat", chat(CLAUDE))).text

    assert json.dumps(json.loads(text), separators=(",", ":")) == text


def test_wrong_key_at_gemini(http: httpx.Client, stand_ins: StandIns) -> None:
    """A wrong key gets Gemini's 400 array, not a 401."""
    response = get(http, stand_ins, Ask("gemini-x", chat(GEMINI), key="AIza-wrong"))

    assert response.status_code == httpx.codes.BAD_REQUEST
    assert [(one["error"]["status"], one["error"]["code"]) for one in response.json()] == [
        ("INVALID_ARGUMENT", 400)
    ]


def test_wrong_key_at_openai(http: httpx.Client, stand_ins: StandIns) -> None:
    """A wrong key is echoed with its middle masked, and never whole."""
    key = "sk-wrong-0123456789-tail"
    response = get(http, stand_ins, Ask("openai-x", chat("gpt-4o"), key=key))

    assert masked(key) in response.text
    assert key not in response.text
    assert masked(key) == "sk-wrong************tail"


def test_code_and_type_of_anthropic_errors(http: httpx.Client, stand_ins: StandIns) -> None:
    """Anthropic's kind of error is in `code`; `type` is the same for all of them."""
    errors = [
        get(http, stand_ins, Ask("anthropic-x", *ask)).json()["error"]
        for ask in (
            (chat("fault-rate-limit"),),
            (chat("nobody"),),
            (chat(CLAUDE), "/chat/completions", 401, "sk-wrong-12345678"),
        )
    ]

    assert [error["code"] for error in errors] == [
        "rate_limit_error",
        "not_found_error",
        "authentication_error",
    ]
    assert {"invalid_request_error"} == {error["type"] for error in errors}


@pytest.mark.parametrize("name", UPSTREAMS)
def test_stream_without_usage(http: httpx.Client, stand_ins: StandIns, name: str) -> None:
    """Nobody sends usage in a stream that did not ask for it, not even as null."""
    body = chat(MODELS[name], stream=True)

    assert all("usage" not in frame for frame in frames(get(http, stand_ins, Ask(name, body)).text))


def test_gemini_stream_features(http: httpx.Client, stand_ins: StandIns) -> None:
    """Gemini repeats the role, leaves `finish_reason` and ids out, and counts usage as it goes."""
    chunks = frames(get(http, stand_ins, Ask("gemini-x", chat(GEMINI, **WITH_USAGE))).text)
    choices = [chunk["choices"][0] for chunk in chunks]

    assert {"assistant"} == {choice["delta"]["role"] for choice in choices}
    assert [False] * (len(choices) - 1) + [True] == ["finish_reason" in one for one in choices]
    assert not any("id" in chunk for chunk in chunks)
    assert {"completion_tokens": 0} | chunks[0]["usage"] == chunks[0]["usage"]
    assert chunks[0]["usage"]["prompt_tokens"] == chunks[-1]["usage"]["prompt_tokens"] + 1


def test_gemini_tool_call_streamed(http: httpx.Client, stand_ins: StandIns) -> None:
    """A streamed call says "stop", a plain one "tool_calls"; 2.x gives it no index, an empty id."""
    plain = get(http, stand_ins, Ask("gemini-x", chat(GEMINI, **TWO_TOOLS))).json()
    (chunk,) = frames(
        get(http, stand_ins, Ask("gemini-x", chat(GEMINI, **TWO_TOOLS, stream=True))).text
    )
    (call,) = chunk["choices"][0]["delta"]["tool_calls"]

    assert plain["choices"][0]["finish_reason"] == "tool_calls"
    assert chunk["choices"][0]["finish_reason"] == "stop"
    assert call["id"] == ""
    assert "index" not in call


def test_gemini_3_signs_its_calls(http: httpx.Client, stand_ins: StandIns) -> None:
    """A Gemini 3 call has an id and a thought signature of its own."""
    body = chat("gemini-3-pro-preview", **TWO_TOOLS, stream=True)
    (chunk,) = frames(get(http, stand_ins, Ask("gemini-x", body)).text)
    (call,) = chunk["choices"][0]["delta"]["tool_calls"]

    assert call["id"].startswith("call_")
    assert call["extra_content"]["google"]["thought_signature"]


def test_thinking_is_in_no_part_of_the_usage(http: httpx.Client, stand_ins: StandIns) -> None:
    """The total of a thinking Gemini model is more than its parts."""
    usage = get(http, stand_ins, Ask("gemini-x", chat("gemini-2.5-pro"))).json()["usage"]

    assert usage["total_tokens"] > usage["prompt_tokens"] + usage["completion_tokens"]


def test_gemini_with_an_extra_v1(http: httpx.Client, stand_ins: StandIns) -> None:
    """Below an extra /v1 Gemini's chat is answered and its model list is not: both unsettled."""
    answered = get(http, stand_ins, Ask("gemini-x", chat(GEMINI), "/v1/chat/completions"))
    url = stand_ins.url("gemini") + "/v1/models"
    listed = http.get(url, headers={"authorization": f"Bearer {STAND_IN_KEYS['gemini']}"})

    assert answered.status_code == httpx.codes.OK
    assert listed.status_code == httpx.codes.NOT_FOUND
    assert listed.headers["content-type"].startswith("text/html")
    assert {"gemini/extra-v1-chat", "gemini/extra-v1-models"} <= set(UNSETTLED)


def test_anthropic_ignores_response_format(http: httpx.Client, stand_ins: StandIns) -> None:
    """Anthropic answers text where a JSON schema was asked for, as its documentation says."""
    body = get(http, stand_ins, Ask("anthropic-x", chat(CLAUDE, **STRUCTURED))).json()

    assert body["choices"][0]["message"]["content"] == "Hello from the anthropic stand-in."


def test_anthropic_takes_either_kind_of_key(http: httpx.Client, stand_ins: StandIns) -> None:
    """The native header is as good as a Bearer token."""
    url = stand_ins.url("anthropic") + "/models"
    response = http.get(url, headers={"x-api-key": STAND_IN_KEYS["anthropic"]})

    assert response.status_code == httpx.codes.OK


def test_base64_is_little_endian_float32(http: httpx.Client, stand_ins: StandIns) -> None:
    """Both encodings of an embedding are the same numbers, and of length 1."""
    body = {"model": EMBED, "input": "a", "dimensions": 256}
    floats, packed = (
        get(
            http, stand_ins, Ask("openai-x", {**body, "encoding_format": kind}, "/embeddings")
        ).json()["data"][0]["embedding"]
        for kind in ("float", "base64")
    )
    unpacked = list(struct.unpack("<256f", base64.b64decode(packed)))

    assert pytest.approx(floats) == unpacked
    assert pytest.approx(1, abs=0.001) == sum(number * number for number in floats)


def test_fragments_of_arguments_make_json(http: httpx.Client, stand_ins: StandIns) -> None:
    """OpenAI's streamed calls come in parts that together are the arguments of each call."""
    body = chat("gpt-4o", **TWO_TOOLS, stream=True)
    parts: dict[int, str] = {}
    for chunk in frames(get(http, stand_ins, Ask("openai-x", body)).text):
        for call in chunk["choices"][0]["delta"].get("tool_calls", []):
            arguments = call["function"]["arguments"]
            parts[call["index"]] = parts.get(call["index"], "") + arguments

    assert [json.loads(parts[index]) for index in sorted(parts)] == [{"lucky": 7}, {"lucky": 7}]


@pytest.mark.parametrize("name", UPSTREAMS)
def test_length(http: httpx.Client, stand_ins: StandIns, name: str) -> None:
    """A reply that is cut says so, and holds as many tokens as were allowed."""
    body = get(http, stand_ins, Ask(name, chat(MODELS[name], max_tokens=2))).json()

    assert (
        body["choices"][0]["finish_reason"],
        body["choices"][0]["message"]["content"],
    ) == ("length", "Hello from")
    assert body["usage"]["completion_tokens"] == len(("Hello", " from"))


def test_several_choices(http: httpx.Client, stand_ins: StandIns) -> None:
    """OpenAI gives as many choices as asked for."""
    body = get(http, stand_ins, Ask("openai-x", chat("gpt-4o", n=2))).json()

    assert [choice["index"] for choice in body["choices"]] == [0, 1]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"$ref": "#/$defs/N", "$defs": {"N": {"type": "number"}}}, 7),
        ({"type": "array", "items": {"enum": ["red", "blue"]}}, ["red"]),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ({"type": ["string", "null"]}, "stand-in"),
        ({}, {}),
    ],
)
def test_sample_fits_its_schema(schema: dict[str, Any], value: object) -> None:
    """A made-up value is of the kind that the schema asks for."""
    assert value == sample(schema)


def test_sample_of_an_endless_schema_ends() -> None:
    """A schema that contains itself does not hang the stand-in."""
    endless = {"type": "object", "properties": {"next": {"$ref": "#/$defs/T"}}}

    assert sample({**endless, "$defs": {"T": endless}})


@pytest.mark.parametrize("sdk", UPSTREAMS, indirect=True, ids=str)
class TestSdk:
    """The official `openai` SDK can talk to each stand-in."""

    @staticmethod
    def model(sdk: openai.OpenAI) -> str:
        """Return the model of the stand-in that the SDK is pointed at."""
        (name,) = (name for name, key in STAND_IN_KEYS.items() if key == sdk.api_key)
        return MODELS[name]

    def test_plain(self, sdk: openai.OpenAI) -> None:
        """The reply says that it is from a stand-in."""
        said = sdk.chat.completions.create(**chat(self.model(sdk)))

        assert str(said.choices[0].message.content).endswith(" stand-in.")

    def test_stream(self, sdk: openai.OpenAI) -> None:
        """The chunks of a stream make the same text, and one of them has the usage."""
        chunks = list(sdk.chat.completions.create(**chat(self.model(sdk), **WITH_USAGE)))
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

        assert text.startswith("Hello from the ")
        assert text.endswith(" stand-in.")
        assert chunks[-1].usage is not None

    def test_tools(self, sdk: openai.OpenAI) -> None:
        """A call is asked for, and its result is read."""
        asked = chat(self.model(sdk), **TWO_TOOLS)
        message = sdk.chat.completions.create(**asked).choices[0].message
        calls = message.tool_calls or []
        turn = [message.model_dump(exclude_none=True), {"role": "tool", "content": "done"}]
        again = sdk.chat.completions.create(**asked | {"messages": asked["messages"] + turn})

        assert calls
        assert str(again.choices[0].message.content).endswith(" stand-in read the result.")

    def test_models(self, sdk: openai.OpenAI) -> None:
        """The list of models can be read, whatever its shape."""
        assert any(self.model(sdk) in model.id for model in sdk.models.list())

    @pytest.mark.parametrize(
        ("model", "kind"),
        [
            ("nobody", openai.NotFoundError),
            ("fault-rate-limit", openai.RateLimitError),
            ("fault-server-error", openai.InternalServerError),
            ("fault-overloaded", openai.InternalServerError),
        ],
    )
    def test_errors(self, sdk: openai.OpenAI, model: str, kind: type[Exception]) -> None:
        """Each status gives its class of exception, streamed or not."""
        for stream in (False, True):
            with pytest.raises(kind):
                sdk.chat.completions.create(**chat(model, stream=stream))

    def test_wrong_key(self, sdk: openai.OpenAI) -> None:
        """A wrong key is an authentication error, at Gemini a bad request."""
        google = self.model(sdk) == GEMINI
        kind = openai.BadRequestError if google else openai.AuthenticationError

        with pytest.raises(kind):
            sdk.with_options(api_key="sk-wrong-12345678").chat.completions.create(
                **chat(self.model(sdk))
            )

    def test_empty_messages(self, sdk: openai.OpenAI) -> None:
        """A chat without messages is a bad request."""
        with pytest.raises(openai.BadRequestError):
            sdk.chat.completions.create(**chat(self.model(sdk), messages=[]))


@pytest.mark.parametrize(
    ("sdk", "model", "size"),
    [("openai", EMBED, 1536), ("gemini", "gemini-embedding-001", 3072)],
    indirect=["sdk"],
)
def test_sdk_embeddings(sdk: openai.OpenAI, model: str, size: int) -> None:
    """The SDK, which asks for base64 unless told, reads embeddings of the usual size."""
    one, other = sdk.embeddings.create(model=model, input=["a", "b"]).data

    assert [size, size] == [len(one.embedding), len(other.embedding)]
    assert one.embedding != other.embedding


@pytest.mark.parametrize("sdk", ["anthropic"], indirect=True)
def test_sdk_embeddings_at_anthropic(sdk: openai.OpenAI) -> None:
    """Anthropic has no embeddings."""
    with pytest.raises(openai.NotFoundError):
        sdk.embeddings.create(model=EMBED, input="a")


@pytest.mark.parametrize("sdk", ["openai"], indirect=True)
def test_sdk_legacy_completions(sdk: openai.OpenAI) -> None:
    """OpenAI's legacy completions say the same, plain and streamed."""
    asked: dict[str, Any] = {"model": "gpt-3.5-turbo-instruct", "prompt": "Who is there?"}
    plain = sdk.completions.create(**asked)
    streamed = sdk.completions.create(**asked, stream=True)

    assert plain.choices[0].text == "Hello from the openai stand-in."
    assert plain.choices[0].text == "".join(chunk.choices[0].text for chunk in streamed)


def test_requests_are_kept(http: httpx.Client, stand_ins: StandIns) -> None:
    """Every request received is there to look at: vendor, path, headers, body."""
    get(http, stand_ins, Ask("gemini-x", chat(GEMINI)))
    (received,) = stand_ins.requests

    assert (received.upstream, received.method) == ("gemini", "POST")
    assert received.path == "/v1beta/openai/chat/completions"
    assert f"Bearer {STAND_IN_KEYS['gemini']}" == received.headers["authorization"]
    assert chat(GEMINI) == received.json


@pytest.mark.parametrize("released", [True, False])
def test_stream_is_sent_piece_by_piece(
    http: httpx.Client, stand_ins: StandIns, *, released: bool
) -> None:
    """The first chunk arrives while the second is held back; the rest only once it is released."""
    hold = threading.Event()
    stand_ins.inject("openai", Fault(hold=hold))
    ask = http.build_request(
        "POST",
        stand_ins.url("openai") + "/chat/completions",
        headers={"authorization": f"Bearer {STAND_IN_KEYS['openai']}"},
        json=chat("gpt-4o", stream=True),
        timeout=5 if released else 0.1,
    )
    response = http.send(ask, stream=True)
    arriving = response.iter_raw()
    first = next(arriving)

    assert first[:6] == b"data: "
    assert first.count(b"\n\n") == 1
    if released:
        hold.set()

        assert b"".join(arriving).endswith(b"data: [DONE]\n\n")
    else:
        with pytest.raises(httpx.ReadTimeout):
            next(arriving)
    hold.set()


def test_fault_is_played_as_often_as_told(stand_ins: StandIns) -> None:
    """The SDK's own retries get past an error that is played twice, on the third request."""
    fault = Fault(error="rate-limit", headers={"retry-after-ms": "1"})
    stand_ins.inject("openai", fault, times=2)
    with openai.OpenAI(
        base_url=stand_ins.url("openai"), api_key=STAND_IN_KEYS["openai"], max_retries=2
    ) as sdk:
        said = sdk.chat.completions.create(**chat("gpt-4o"))

    assert said.choices[0].finish_reason == "stop"
    assert len(stand_ins.requests) == 2 + 1


def test_fault_without_end(http: httpx.Client, stand_ins: StandIns) -> None:
    """A fault played for ever hits its path and its vendor only, until it is cleared."""
    stand_ins.inject("openai", Fault(error="overloaded"), times=None)
    asks = [Ask("openai", chat("gpt-4o"))] * 2
    asks += [Ask("openai", {}, "/models"), Ask("anthropic", chat(CLAUDE))]
    codes = [get(http, stand_ins, ask).status_code for ask in asks]
    stand_ins.clear()

    assert codes == [503, 503, 200, 200]
    assert get(http, stand_ins, asks[0]).status_code == httpx.codes.OK


def test_changed_vendor(http: httpx.Client, stand_ins: StandIns) -> None:
    """A vendor can gain a field, lose one and change the type of one."""
    changes = {"beta": {"on": True}, "usage": REMOVED, "choices.*.index": "0"}
    stand_ins.inject("anthropic", Fault(changes=changes))
    changed = get(http, stand_ins, Ask("anthropic-x", chat(CLAUDE))).json()
    usual = get(http, stand_ins, Ask("anthropic-x", chat(CLAUDE))).json()

    assert changed["beta"] == {"on": True}
    assert changed["choices"][0]["index"] == "0"
    assert set(usual) - set(changed) == {"usage"}


def test_changed_stream(http: httpx.Client, stand_ins: StandIns) -> None:
    """A stream can lose its end, gain a frame, and change in every chunk that has the field."""
    ping = b'data: {"type": "ping"}\n\n'
    changes = {"choices.0.delta.role": REMOVED}
    stand_ins.inject("gemini", Fault(changes=changes, done=False, insert=ping))
    text = get(http, stand_ins, Ask("gemini-x", chat(GEMINI, stream=True))).text

    assert "[DONE]" not in text
    assert "assistant" not in text
    assert ping.decode() == text.split("\n\n")[1] + "\n\n"


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_vendor_hangs_up(http: httpx.Client, stand_ins: StandIns, pieces: int) -> None:
    """A dropped connection is seen as one, with nothing but the pieces before it."""
    stand_ins.inject("openai", Fault(drop_after=pieces))
    url = stand_ins.url("openai") + "/chat/completions"
    key = {"authorization": f"Bearer {STAND_IN_KEYS['openai']}"}
    received: list[bytes] = []
    answered: list[int] = []

    def read() -> None:
        with http.stream("POST", url, headers=key, json=chat("gpt-4o", stream=True)) as response:
            answered.append(response.status_code)
            received.extend(response.iter_raw())

    with pytest.raises(httpx.RemoteProtocolError):
        read()

    assert [200] * bool(pieces) == answered
    assert pieces == b"".join(received).count(b"\n\n")


@pytest.mark.parametrize("leaves", [True, False])
def test_a_client_that_leaves_is_noticed(
    http: httpx.Client, stand_ins: StandIns, *, leaves: bool
) -> None:
    """An answer whose client hangs up in the middle is told from one that is read to its end."""
    hold = threading.Event()
    stand_ins.inject("openai", Fault(hold=hold))
    url = stand_ins.url("openai") + "/chat/completions"
    key = {"authorization": f"Bearer {STAND_IN_KEYS['openai']}"}
    with http.stream("POST", url, headers=key, json=chat("gpt-4o", stream=True)) as response:
        arriving = response.iter_raw()
        next(arriving)
        if leaves:
            response.close()
        hold.set()
        if not leaves:
            b"".join(arriving)
    until = time.monotonic() + 5
    while not stand_ins.ended and time.monotonic() < until:
        time.sleep(0.001)

    assert [not leaves] == stand_ins.ended


def test_slow_vendor(http: httpx.Client, stand_ins: StandIns) -> None:
    """A delay passes before each piece."""
    seconds = 0.002
    stand_ins.inject("anthropic", Fault(delay=seconds))
    begun = time.monotonic()
    text = get(http, stand_ins, Ask("anthropic-x", chat(CLAUDE, stream=True))).text

    assert seconds * text.count("\n\n") <= time.monotonic() - begun


def test_unknown_error_is_refused(stand_ins: StandIns) -> None:
    """An error that a vendor does not have cannot be planned; the message names those it has."""
    with pytest.raises(ValueError, match="it has rate-limit, server-error, overloaded"):
        stand_ins.inject("anthropic", Fault(error="quota"))


def test_change_that_changes_nothing_is_told() -> None:
    """A change without a place in the answer is the suite's own trouble, said when it stops."""

    def ask() -> None:
        with serve(["openai"]) as stand_ins, httpx.Client(trust_env=False) as http:
            stand_ins.inject("openai", Fault(changes={"choice.0.index": 1}))
            with pytest.raises(httpx.RemoteProtocolError):
                get(http, stand_ins, Ask("openai-x", chat("gpt-4o")))

    with pytest.raises(StandInError, match=r"choice\.0\.index"):
        ask()


def test_answers_need_no_server() -> None:
    """A dialect is a function: a request in, an answer out, none of it shared."""
    request = Request("gemini", "POST", UPSTREAMS["gemini"].root + "/chat/completions", {})
    quota, no_details = Fault(error="quota"), {"0.error.details.*.violations.*.quotaId": REMOVED}
    changed = faults.answer(request, Fault(error="quota", changes=no_details))

    assert b"quotaId" not in b"".join(changed.pieces())
    assert b"quotaId" in b"".join(faults.answer(request, quota).pieces())


def test_any_bytes_are_answered(http: httpx.Client, stand_ins: StandIns) -> None:
    """What is no JSON object is a bad request at every vendor."""
    for name, upstream in UPSTREAMS.items():
        for content in (b"", b"\xff\x00", b"[1]", b'"text"'):
            key = {"authorization": f"Bearer {upstream.stand_in_key}"}
            url = stand_ins.url(name) + "/chat/completions"

            assert (
                http.post(url, headers=key, content=content).status_code == httpx.codes.BAD_REQUEST
            )


def test_servers_stop() -> None:
    """Neither a thread nor an open port is left, though a client is still connected."""
    before = threading.enumerate()
    with httpx.Client(trust_env=False) as http:
        with serve() as stand_ins:
            get(http, stand_ins, Ask("openai-x", chat("gpt-4o")))
            origin = stand_ins.base["openai"]
        after = threading.enumerate()
        with pytest.raises(httpx.ConnectError):
            http.get(origin)

    assert before == after


def test_caller_may_have_a_loop() -> None:
    """The stand-ins answer a client of an event loop that runs in the thread that started them."""

    async def ask() -> int:
        with serve(["openai"]) as stand_ins:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(stand_ins.url("openai") + "/models")).status_code

    assert asyncio.run(ask()) == httpx.codes.UNAUTHORIZED


def test_import_is_light() -> None:
    """Looking at the data loads neither a server nor a client."""
    code = "import sys, conformance.vendors; print(*sys.modules)"
    loaded = subprocess.run(  # noqa: S603 - this interpreter, a fixed program
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()

    assert "conformance.vendors" in loaded
    assert not {"asyncio", "h11", "httpx", "starlette", "uvicorn", "vcr"} & set(loaded)


def test_unsettled_is_printable() -> None:
    """Every open question names its vendor, is one sentence, and says what is known."""
    for key, (sentence, source) in UNSETTLED.items():
        assert key.partition("/")[0] in UPSTREAMS
        assert sentence.endswith(".")
        assert source


def test_keys_look_like_nobodys() -> None:
    """No stand-in key is long enough to be taken for a real one by a scanner."""
    longest = 32
    assert all(len(key) < longest and "standin" in key for key in STAND_IN_KEYS.values())

"""What any OpenAI-compatible gateway answers has the shape that clients read."""

import json

import pytest

from conformance.core.model import Promise, outcomes

PROMISE = Promise(
    slug="answers-outside",
    requires="The gateway MUST answer with the fields, types and content types of OpenAI's API: "
    "for its models, for errors, for chats, and for every event of a stream.",
    instead="let clients take what is missing from elsewhere, and read errors as text",
    documented="found by this suite",
    bites=frozenset(
        {
            *("content-type", "not-json", "envelope", "entries", "bare-detail", "no-error"),
            *("error-as-text", "error-fields", "head", "choices", "message", "finish", "usage"),
            *("id-changes", "no-done"),
        }
    ),
    decided_by=("core.server.server:translate_exception", "core.server.server:sse_generator"),
)
pytestmark = pytest.mark.needs("remote::passthrough")

JSON, EVENTS = "application/json", "text/event-stream"
CONFORMS = {"conforms": "it has the shape of OpenAI's"}
OF_ALL = {
    "content-type": "its `Content-Type` is another",
    "not-json": "it is no JSON object",
    "status": "the gateway answers with another status",
}
OF_LISTS = {
    "envelope": "it is not `object: list` with a list in `data`",
    "entries": "an entry lacks `id`, `object: model`, an integer `created` or `owned_by`",
}
OF_ERRORS = {
    "bare-detail": "it has a `detail` and no `error`",
    "no-error": "it has neither an `error` nor a `detail`",
    "error-as-text": "`error` is a text and no object",
    "error-fields": "`error` lacks `message` or `type`, or one of them is no text",
}
OF_CHATS = {
    "head": "`id`, `object`, `created` or `model` is missing or of another type",
    "choices": "`choices` is no list with an entry of `index` 0",
    "message": "`role` is not `assistant`, or the words are no text",
    "finish": "`finish_reason` is none of OpenAI's",
    "usage": "`usage` is missing, or its sums are no integers that add up",
}
OF_STREAMS = {
    "id-changes": "`id` differs between events",
    "no-done": "the stream does not end with `data: [DONE]`",
}
REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}


def typed(body, **kinds):
    """Return whether a JSON object has these fields with values of these types."""
    return all(type(body.get(name)) is kind for name, kind in kinds.items())


def broken(clauses):
    """Return the name of the first clause that does not hold; `conforms` if all do."""
    return next((name for name, holds in clauses if not holds), "conforms")


def parsed(answer, status, kind=JSON):
    """Yield the clauses of any answer."""
    yield "status", answer.status == status
    yield "content-type", answer.headers.get("content-type", "").partition(";")[0] == kind
    if kind == JSON:
        yield "not-json", isinstance(answer.json(), dict)


def of_a_list(answer):
    """Yield the clauses of a list of models."""
    yield from parsed(answer, 200)
    body = answer.json()
    yield "envelope", body.get("object") == "list" and isinstance(body.get("data"), list)
    for row in body["data"]:
        whole = typed(row, id=str, created=int, owned_by=str)
        yield "entries", whole and row.get("object") == "model"


def of_an_error(answer):
    """Yield the clauses of an error."""
    yield from parsed(answer, 404)
    body = answer.json()
    yield "bare-detail", "error" in body or "detail" not in body
    yield "no-error", "error" in body
    yield "error-as-text", isinstance(body["error"], dict)
    yield "error-fields", typed(body["error"], message=str, type=str)


def of_a_head(body, kind):
    """Yield the clauses that a chat and the events of a stream share."""
    yield "head", typed(body, id=str, created=int, model=str) and body.get("object") == kind
    yield "choices", isinstance(body.get("choices"), list)


def of_a_chat(answer):
    """Yield the clauses of a chat's answer."""
    yield from parsed(answer, 200)
    body = answer.json()
    yield from of_a_head(body, "chat.completion")
    yield "choices", bool(body["choices"]) and body["choices"][0].get("index") == 0
    choice, usage = body["choices"][0], body.get("usage") or {}
    said = choice.get("message") or {}
    yield "message", said.get("role") == "assistant" and isinstance(said.get("content"), str)
    yield "finish", choice.get("finish_reason") in REASONS
    whole = typed(usage, prompt_tokens=int, completion_tokens=int, total_tokens=int)
    yield "usage", whole
    yield "usage", usage["total_tokens"] >= usage["prompt_tokens"] + usage["completion_tokens"]


def of_a_stream(answer):
    """Yield the clauses of a stream's events."""
    yield from parsed(answer, 200, EVENTS)
    events = answer.events()
    chunks = [event for event in events if event != "[DONE]"]
    yield "not-json", bool(chunks) and all(isinstance(chunk, dict) for chunk in chunks)
    for chunk in chunks:
        yield from of_a_head(chunk, "chat.completion.chunk")
    yield "id-changes", len({chunk["id"] for chunk in chunks}) == 1
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    roles = [(choice.get("delta") or {}).get("role") for choice in choices]
    yield "message", "assistant" in roles and bool(answer.content())
    ended = [c["finish_reason"] for c in choices if c.get("finish_reason") is not None]
    yield "finish", len(ended) == 1 and ended[0] in REASONS
    yield "no-done", events[-1] == "[DONE]"


def shown(answer):
    """Return what a person wants to see of an answer: its beginning, and its end."""
    return f"HTTP {answer.status} {answer.headers.get('content-type')} {json.dumps(answer.text)}"


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**CONFORMS | OF_ALL | OF_LISTS)
async def test_models(gateway, observed):
    """`GET /v1/models`."""
    answer = await gateway.models()
    observed(broken(of_a_list(answer)), shown(answer))


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**CONFORMS | OF_ALL | OF_ERRORS)
async def test_unknown_model(gateway, observed):
    """`GET` of a model that does not exist."""
    answer = await gateway.request("GET", "/v1/models/no-such-model")
    observed(broken(of_an_error(answer)), shown(answer))


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**CONFORMS | OF_ALL | OF_ERRORS)
async def test_unknown_path(gateway, observed):
    """`GET` of a path that does not exist."""
    answer = await gateway.request("GET", "/v1/no-such-path")
    observed(broken(of_an_error(answer)), shown(answer))


@pytest.mark.for_server(chats=1, answered=True, any_gateway=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**CONFORMS | OF_ALL | OF_CHATS)
async def test_chat(gateway, observed, provider_data, route):
    """One chat."""
    answer = await gateway.chat(route.model, data=provider_data(route))
    observed(broken(of_a_chat(answer)), shown(answer))


@pytest.mark.for_server(chats=1, answered=True, any_gateway=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**CONFORMS | OF_ALL | OF_CHATS | OF_STREAMS)
async def test_stream(gateway, observed, provider_data, route):
    """One streamed chat."""
    answer = await gateway.chat(route.model, data=provider_data(route), stream=True)
    observed(broken(of_a_stream(answer)), shown(answer))

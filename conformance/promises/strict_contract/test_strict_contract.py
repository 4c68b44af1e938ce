"""Answers keep to the letter of OpenAI's API: required fields, nulls, usage only if asked for."""

import pytest

from conformance.contract.asked import REFUSED
from conformance.contract.deviation import STRICT
from conformance.core.model import CouldNotObserveError, Promise, outcomes

LETTER = {
    "explicit_null": "a field is null whose description allows no null",
    "absent_field": "a field is absent that the description requires, if only as null",
    "finish_reason_of_calls": "an answer with calls ends with `stop`",
    "usage_unasked": "a stream has a field `usage` that was not asked for",
    "usage_chunk": "the usage is not in a last chunk without choices",
    "event_not_ended": "the last event is not ended by an empty line",
    "no_error_code": "the error has no field `code`",
    "no_error_param": "the error has no field `param`",
    "no_code_no_param": "the error has neither a field `code` nor a field `param`",
    "null_and_usage": "fields are null that allow no null, and `usage` that was not asked for",
    "several": "the answer deviates from the letter in several ways",
}
RESULTS = LETTER | {
    "kept": "the answer keeps to the letter, where the vendor's own does",
    "refused": "the caller gets an error",
    "no_error": "the error is no object with a message, so that its fields are not asked for",
}
PROMISE = Promise(
    slug="strict-contract",
    requires="The gateway SHOULD answer to the letter of OpenAI's API description: fields that it "
    "requires are there, fields are null only where it allows that, nothing unasked is added.",
    instead="let clients take a null for an absent field, and ignore what they did not ask for",
    documented="found by this suite",
    bites=frozenset(name.replace("_", "-") for name in LETTER) | {"no-error", "refused"},
    decided_by=(
        "core.server.server:sse_generator",
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = [pytest.mark.needs("remote::passthrough"), pytest.mark.strict]

FUNCTION = {"name": "add", "parameters": {"type": "object", "properties": {}}}
TOOLS = [{"type": "function", "function": FUNCTION}]
TOGETHER = {
    frozenset({"no-error-code", "no-error-param"}): "no-code-no-param",
    frozenset({"explicit-null", "usage-unasked"}): "null-and-usage",
}
CHATS = {
    "plain": {},
    "calls": {"tools": TOOLS},
    "streamed": {"stream": True},
    "streamed-calls": {"tools": TOOLS, "stream": True},
    "streamed-usage": {"stream": True, "stream_options": {"include_usage": True}},
}


def outcome(names):
    """Return the outcome for the names of what deviates from the letter."""
    if len(names) < 2:
        return min(names, default="kept")
    return TOGETHER.get(frozenset(names), "several")


def letter(wire):
    """Return outcome and evidence of the last answer, without what its vendor deviates in."""
    last = wire.exchanges[-1]
    known = {name.replace("_", "-") for name in LETTER}
    names = {each.name for each in last.added if each.layer == STRICT and each.name in known}
    return outcome(names), last.told()


@pytest.mark.needs("chat")
@pytest.mark.parametrize("fields", CHATS.values(), ids=CHATS)
@outcomes(**RESULTS)
async def test_chat(loopback, observed, route, fields):
    """A chat, and the same request to the vendor itself."""
    await loopback.gateway.chat(route.model, data=loopback.data(route), **fields)
    last = observed.wire.exchanges[-1]
    if not last.vendors:
        raise CouldNotObserveError("the gateway has asked no vendor")
    refused = last.answer.status >= REFUSED
    observed(*(("refused", last.answer) if refused else letter(observed.wire)))


@pytest.mark.needs("chat")
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(**RESULTS)
async def test_completion(loopback, observed, route, stream):
    """A legacy completion, and the same request to the vendor itself."""
    body = {
        "model": f"{route.provider}/gpt-3.5-turbo-instruct",
        "prompt": "Say hello.",
        "stream": stream,
    }
    data = loopback.data(route)
    answer = await loopback.gateway.request("POST", "/v1/completions", data=data, body=body)
    refused = answer.status >= REFUSED
    observed(*(("refused", answer) if refused else letter(observed.wire)))


@pytest.mark.for_server(any_gateway=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_error(gateway, observed):
    """The error for a model that nobody has."""
    answer = await gateway.request("GET", "/v1/models/no-such-model")
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    whole = isinstance(error, dict) and isinstance(error.get("message"), str)
    observed(*(letter(observed.wire) if whole else ("no-error", answer)))

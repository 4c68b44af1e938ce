"""Fields of an answer are dropped, changed or joined by nulls on their way to the caller."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import forwarding

GOTCHA = Gotcha(
    slug="answer-fields",
    happens="answers gain nulls, in tool calls of streams too; an empty `tool_calls`, and "
    "`top_logprobs` of streams, become null",
    why="a client that joins fragments of a tool call overwrites its id and name with null, or "
    "stops; one that walks a list that was empty at the vendor fails at null",
    example='{"tool_calls": [{"index": 0, "id": null, "type": null, "function": {…}}]}',
    instead="let clients ignore nulls in tool calls, and take null for an empty list",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {"dropped", "rewritten", "nulls-added", "nulls-in-calls", "several", "refused", "added"}
    ),
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        "core.server.server:sse_generator",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

RESULTS = {
    "passed_on": "the caller gets what the vendor sent",
    "dropped": "the caller does not get it",
    "rewritten": "the caller gets another value",
    "nulls_added": "the caller gets it with nulls that the vendor did not send",
    "nulls_in_calls": "the same, and some of the nulls are in tool calls",
    "added": "the caller gets it with values that the vendor did not send",
    "several": "the caller gets it with something left out, and something else added or changed",
    "refused": "the caller gets an error",
}
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
TOKEN = {"token": "H", "logprob": -0.1, "bytes": [72], "top_logprobs": []}
CITED = {"type": "url_citation", "url_citation": {"url": "https://a.test/", "title": "A"}}
SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}
SAID = "choices.*.message."
# Vendor, where the field is in the answer, and its value. In streams `message` is `delta`.
FIELDS = {
    "gemini-extra-content": ("gemini", SAID + "extra_content", SIGNATURE),
    "gemini-call-extra-content": ("gemini", SAID + "tool_calls.*.extra_content", SIGNATURE),
    "gemini-finish-length": ("gemini", "choices.*.finish_reason", "length"),
    "gemini-finish-content-filter": ("gemini", "choices.*.finish_reason", "content_filter"),
    "gemini-finish-unknown": ("gemini", "choices.*.finish_reason", "SAFETY"),
    "gemini-unknown": ("gemini", "x_note", 1),
    "anthropic-reasoning-content": ("anthropic", SAID + "reasoning_content", "Hm."),
    "anthropic-finish-length": ("anthropic", "choices.*.finish_reason", "length"),
    "anthropic-service-tier": ("anthropic", "service_tier", "standard"),
    "anthropic-unknown": ("anthropic", "x_note", 1),
    "openai-reasoning-content": ("openai", SAID + "reasoning_content", "Hm."),
    "openai-annotations": ("openai", SAID + "annotations", [CITED]),
    "openai-citations": ("openai", "citations", ["https://a.test/"]),
    "openai-service-tier": ("openai", "service_tier", "flex"),
    "openai-service-tier-unknown": ("openai", "service_tier", "on_demand"),
    "openai-system-fingerprint": ("openai", "system_fingerprint", "fp_1"),
    "openai-usage-unknown": ("openai", "usage.cost", 0.1),
    "openai-logprobs": ("openai", "choices.*.logprobs", {"content": [TOKEN], "refusal": None}),
    "openai-logprobs-empty": ("openai", "choices.*.logprobs", {"content": [], "refusal": None}),
    "openai-logprobs-alone": ("openai", "choices.*.logprobs", {"content": []}),
    "openai-refusal": ("openai", SAID + "refusal", "No."),
    "openai-audio": ("openai", SAID + "audio", {"id": "audio_1", "data": "AAAA"}),
    "openai-no-calls": ("openai", SAID + "tool_calls", []),
    "openai-finish-length": ("openai", "choices.*.finish_reason", "length"),
    "openai-finish-content-filter": ("openai", "choices.*.finish_reason", "content_filter"),
    "openai-filter-results": ("openai", "choices.*.content_filter_results", {"hate": {}}),
    "openai-unknown": ("openai", "x_note", {"a": None}),
    "openai-unknown-in-message": ("openai", SAID + "x_note", 1),
    "openai-unknown-in-choice": ("openai", "choices.*.x_note", 1),
}
USAGE = {"stream_options": {"include_usage": True}}
FUNCTION = {"name": "add", "parameters": {"type": "object", "properties": {}}}
TOOLS = [
    {"type": "function", "function": FUNCTION | {"name": name}} for name in ("add", "subtract")
]
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
TALK = [
    {"role": "user", "content": "How much is 3 and 4?"},
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "7"},
]
SCHEMA = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}
SHAPE = {"type": "json_schema", "json_schema": {"name": "sum", "schema": SCHEMA}}
# Answers that are compared as a whole.
WHOLE = {
    "words": {},
    "length": {"max_tokens": 2},
    "call": {"tools": TOOLS[:1]},
    "calls": {"tools": TOOLS},
    "after-result": {"tools": TOOLS, "messages": TALK},
    "structured": {"response_format": SHAPE},
    "two-choices": {"n": 2},
}


def bodies(answer, stream):
    """Return the JSON of an answer, or those of a stream's events."""
    events = answer.events() if stream else [answer.json()]
    return [event for event in events if event != "[DONE]"]


async def compared(loopback, route, keep, *, stream=True, **fields):
    """Ask the gateway and the vendor the same; return outcome and evidence of the comparison.

    `keep` says of a place in an answer whether it is looked at.
    """
    fields = {"stream": stream, **fields}
    got = await loopback.gateway.chat(
        route.model, data=loopback.data(route), limited=False, **fields
    )
    direct = await loopback.direct(route)
    if direct.status != 200:
        raise CouldNotObserveError(f"the stand-in does not answer this request: {direct}")
    if got.status != 200 or '"error"' in got.text:
        return "refused", got
    sent, arrived = bodies(direct, stream), bodies(got, stream)
    for body in arrived:
        body["model"] = sent[0]["model"] if body["model"] == route.model else body["model"]
    found = [each for each in forwarding.differences(sent, arrived) if keep(each[1])]
    kinds = {kind for kind, _ in found}
    if kinds == {"added"} and all(value_at(arrived, path) is None for _, path in found):
        kinds = {"nulls-in-calls" if ".tool_calls[" in str(found) else "nulls-added"}
    outcome = "several" if len(kinds) > 1 else min(kinds, default="passed-on")
    shown = {f"{kind} {path}" for kind, path in found}
    return outcome, f"{sorted(shown)} {got.text[:400]}"


def value_at(body, path):
    """Return what is at a place, `$[0].a[1]`."""
    for step in path.replace("[", ".").replace("]", "").split(".")[1:]:
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


@STREAMED
@pytest.mark.parametrize(("vendor", "path", "value"), FIELDS.values(), ids=FIELDS)
@outcomes(**RESULTS)
async def test_field(loopback, observed, route_to, vendor, path, value, stream):
    """An answer with this field; what the caller gets of it."""
    route = route_to(vendor)
    path = path.replace("message", "delta") if stream else path
    loopback.fail(route, changes={path: value})
    tools = {"tools": TOOLS[:1]} if "tool_calls." in path else {}
    name = f".{path.rpartition('.')[2]}"
    fields = tools | (USAGE if stream else {})
    found = await compared(loopback, route, lambda place: name in place, stream=stream, **fields)
    observed(*found)


@STREAMED
@pytest.mark.parametrize("fields", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
@outcomes(**RESULTS)
async def test_whole(loopback, observed, route_to, vendor, fields, stream):
    """An answer as this vendor gives it, field by field; only the model's name may differ."""
    route, fields = route_to(vendor), fields | (USAGE if stream else {})
    observed(*await compared(loopback, route, lambda _place: True, stream=stream, **fields))


@pytest.mark.parametrize("fields", [USAGE, {}], ids=["asked", "not-asked"])
@pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
@outcomes(**RESULTS)
async def test_usage(loopback, observed, route_to, vendor, fields):
    """A streamed chat that asks for the usage, or does not; what the caller gets of it."""
    route = route_to(vendor)
    observed(*await compared(loopback, route, lambda place: ".usage" in place, **fields))

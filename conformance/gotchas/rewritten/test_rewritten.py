"""The gateway takes fields out of the requests it forwards, and adds some to the answers."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, NotApplicableError, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="rewritten",
    happens="nulls, and all tools with `tool_choice: none`, are removed from requests; answers "
    "gain nulls the vendor did not send",
    why="a client that checks whether a field is present, or a vendor that reads a null or a "
    "list of tools, sees something else than without the gateway",
    example='{"tool_choice": "none", "tools": […]} arrives without both',
    instead="check the values of fields, not whether they are present",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"taken-out", "nulls-added"}),
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "name": "a", "content": [{"type": "text", "text": "Look it up."}]},
    {
        "role": "assistant",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": ""}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "7"},
]
REQUESTS = {
    "common-fields": {"temperature": 0.5, "max_tokens": 9, "stop": ["x"], "seed": 1, "user": "u"},
    "tools": {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False},
    "talk": {"messages": TALK},
    "null": {"seed": None},
    "tool-choice-none": {"tools": [TOOL], "tool_choice": "none"},
}


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.parametrize("fields", REQUESTS.values(), ids=REQUESTS)
@outcomes(
    as_sent="the vendor receives every field as the caller sent it",
    taken_out="the vendor does not receive a field that the caller sent",
    changed="the vendor receives another value than the caller sent",
    not_sent="nothing is sent",
)
async def test_request(loopback, observed, route, fields):
    """A plain chat with these fields; what the vendor receives of them."""
    model = route.model
    answer = await loopback.gateway.chat(model, data=loopback.data(route), **fields)
    got = loopback.received[0].json if loopback.received else {}
    outcome = "taken-out" if fields.keys() - got.keys() else "changed"
    outcome = "as-sent" if got | fields == got and fields.keys() <= got.keys() else outcome
    observed(outcome if got else "not-sent", f"{got} {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
@outcomes(
    as_sent="the message has the fields that the vendor sent",
    nulls_added="the message has more fields, all of them null",
    others_added="the message has more fields, with values",
    taken_out="the message lacks a field that the vendor sent",
)
async def test_answer(gateway, observed, provider_data, route_to, vendor_answers, vendor):
    """A plain chat; the fields of the answer's message."""
    route = route_to(vendor)
    answer = await gateway.chat(route.model, data=provider_data(route))
    if vendor_answers and vendor_answers[-1].status != 200:
        raise NotApplicableError(f"{vendor} does not answer a chat: {vendor_answers[-1]}")
    if answer.status != 200:
        raise CouldNotObserveError(f"the chat is not answered: {answer}")
    message, sent = (each.json()["choices"][0]["message"] for each in (answer, vendor_answers[-1]))
    added = message.keys() - sent.keys()
    outcome = "nulls-added" if all(message[name] is None for name in added) else "others-added"
    outcome = outcome if added else "as-sent"
    observed("taken-out" if sent.keys() - message.keys() else outcome, message)

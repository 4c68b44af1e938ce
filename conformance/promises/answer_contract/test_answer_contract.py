"""Answers keep the contract that clients of OpenAI rely on."""

import pytest

from conformance.contract import error, model_list
from conformance.contract import outcomes as contract
from conformance.core.model import Promise, outcomes

PROMISE = Promise(
    slug="answer-contract",
    requires="The gateway MUST answer in the form of OpenAI's API: every field of its type, every "
    "event of a stream JSON, every error an object with message and type.",
    instead="read the field that deviates leniently, or correct it in a proxy",
    documented="found by this suite",
    bites=contract.BITES,
    decided_by=(
        "core.server.server:sse_generator",
        "core.server.server:global_exception_handler",
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

EVERY_PLANE = "Zoë naïve 漢字 мир שלום 🙂👩‍👩‍👧 𝄞 𠀋 \U000e0041"
TEXT = {"type": "string", "enum": [EVERY_PLANE]}
WORDS = {"type": "object", "properties": {"text": TEXT}, "required": ["text"]}
FUNCTION = {"name": "add", "parameters": WORDS}
TOOLS = [
    {"type": "function", "function": FUNCTION | {"name": name}} for name in ("add", "subtract")
]
CALLING = {"tools": TOOLS, "tool_choice": "required"}  # a model that may choose would just talk


def of_any_config(check):
    """Mark a check that a user's config shows, too."""
    check = outcomes(**contract.RESULTS)(check)
    return pytest.mark.for_config(pytest.mark.without_auth(check))


def by_every_way(check):
    """Mark a check that is asked by every way to a vendor, of a user's config, too."""
    return pytest.mark.needs("chat")(pytest.mark.every_route(of_any_config(check)))


@by_every_way
async def test_plain(loopback, observed, route):
    """A plain chat, and the same request to the vendor itself."""
    await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed(*observed.wire.compared())


@by_every_way
async def test_streamed(loopback, observed, route):
    """A streamed chat, and the same request to the vendor itself."""
    await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(*observed.wire.compared())


@pytest.mark.for_server(chats=1, answered=True, compared=True, any_gateway=True)
@by_every_way
async def test_calls(beside_vendor, observed, route):
    """A plain chat with two tools; the vendor's answer calls one or both."""
    data = beside_vendor.data(route)
    await beside_vendor.gateway.chat(route.model, data=data, **CALLING)
    observed(*observed.wire.compared())


@pytest.mark.for_server(chats=1, answered=True, compared=True, any_gateway=True)
@by_every_way
async def test_streamed_calls(beside_vendor, observed, route):
    """A streamed chat with two tools; the vendor's stream calls one or both."""
    data = beside_vendor.data(route)
    await beside_vendor.gateway.chat(route.model, data=data, stream=True, **CALLING)
    observed(*observed.wire.compared())


@of_any_config
async def test_model_list(gateway, observed):
    """The list of models."""
    answer = await gateway.models()
    found = model_list.deviations(answer)
    observed(contract.REFUSED if answer.status >= 400 else contract.of(found), shown(found))


def shown(found):
    """Return deviations as evidence."""
    return "; ".join(map(str, found)) or "no deviation"


@of_any_config
async def test_unknown_model(gateway, observed):
    """The error for a model that nobody has."""
    found = error.deviations(await gateway.chat("nobody/no-such-model"))
    observed(contract.of(found), shown(found))


@of_any_config
async def test_malformed_request(gateway, observed):
    """The error for a chat without messages."""
    path = "/v1/chat/completions"
    found = error.deviations(await gateway.request("POST", path, body={"model": "m"}))
    observed(contract.of(found), shown(found))


@of_any_config
async def test_unknown_path(gateway, observed):
    """The error for a path that does not exist."""
    found = error.deviations(await gateway.request("GET", "/v1/no-such-path"))
    observed(contract.of(found), shown(found))

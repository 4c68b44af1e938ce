"""Answers keep the contract that clients of OpenAI rely on."""

import pytest

from conformance.contract import chat, error, model_list
from conformance.contract.deviation import CONTRACT
from conformance.contract.names import SENTENCES
from conformance.core.model import CouldNotObserveError, Promise, outcomes

PROMISE = Promise(
    slug="answer-contract",
    requires="The gateway MUST answer in the form of OpenAI's API: every field of its type, every "
    "event of a stream JSON, every error an object with message and type.",
    instead="read the field that deviates leniently, or mend it in a proxy",
    documented="found by this suite",
    bites=frozenset({"several", "refused", *SENTENCES}),
    decided_by=(
        "core.server.server:sse_generator",
        "core.server.server:global_exception_handler",
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

RESULTS = {
    "kept": "the answer deviates in nothing in which the vendor's own does not",
    "several": "the answer deviates in several ways in which the vendor's does not",
    "refused": "the caller gets another status than the vendor sends",
    **{name.replace("-", "_"): sentence for name, sentence in SENTENCES.items()},
}
FUNCTION = {"name": "add", "parameters": {"type": "object", "properties": {}}}
TOOLS = [
    {"type": "function", "function": FUNCTION | {"name": name}} for name in ("add", "subtract")
]


def outcome(found, vendors=()):
    """Return what the gateway adds to the vendor's own deviations, as an outcome.

    That no stream ends with `[DONE]` is a gotcha of its own, `stream-done`.
    """
    names = {each.name for each in found if each.layer == CONTRACT and each.name != "no-done"}
    names -= {each.name for each in vendors}
    return "several" if len(names) > 1 else min(names, default="kept")


def shown(found, vendors=()):
    """Return deviations as evidence, each with whose it is."""
    own = {deviation.name for deviation in vendors}
    whose = (("vendor" if each.name in own else "gateway", each) for each in found)
    return "; ".join(dict.fromkeys(f"{who}: {each}" for who, each in whose)) or "no deviation"


async def compared(loopback, route, read, **fields):
    """Ask the gateway and the vendor the same; return outcome and evidence of the comparison."""
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), **fields)
    direct = await loopback.direct(route)
    if direct.status != 200:
        raise CouldNotObserveError(f"the stand-in does not answer this request: {direct}")
    if answer.status != 200:
        return "refused", answer
    found, vendors = read(answer), read(direct)
    return outcome(found, vendors), shown(found, vendors)


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_plain(loopback, observed, route):
    """A plain chat, and the same request to the vendor itself."""
    observed(*await compared(loopback, route, chat.plain))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed(loopback, observed, route):
    """A streamed chat, and the same request to the vendor itself."""
    observed(*await compared(loopback, route, chat.streamed, stream=True))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_calls(loopback, observed, route):
    """A plain chat with two tools; the vendor's answer calls one or both."""
    observed(*await compared(loopback, route, chat.plain, tools=TOOLS))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed_calls(loopback, observed, route):
    """A streamed chat with two tools; the vendor's stream calls one or both."""
    observed(*await compared(loopback, route, chat.streamed, tools=TOOLS, stream=True))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_model_list(gateway, observed):
    """The list of models."""
    answer = await gateway.models()
    found = model_list.deviations(answer)
    observed("refused" if answer.status != 200 else outcome(found), shown(found))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_model(gateway, observed):
    """The error for a model that nobody has."""
    found = error.deviations(await gateway.chat("nobody/no-such-model"))
    observed(outcome(found), shown(found))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_malformed_request(gateway, observed):
    """The error for a chat without messages."""
    path = "/v1/chat/completions"
    found = error.deviations(await gateway.request("POST", path, body={"model": "m"}))
    observed(outcome(found), shown(found))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_path(gateway, observed):
    """The error for a path that does not exist."""
    found = error.deviations(await gateway.request("GET", "/v1/no-such-path"))
    observed(outcome(found), shown(found))

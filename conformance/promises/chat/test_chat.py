"""A caller's chat reaches the vendor of the model, and the vendor's answer the caller."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="chat",
    requires="The gateway MUST forward a chat to the vendor of the named model and return the "
    "vendor's words, finish reason and usage unchanged, streamed chats in the order sent.",
    instead="compare `base_url` and the registered models with the vendor's documentation",
    documented="seed: What is this project?; The Architecture",
    bites=frozenset({"changed", "refused", "server-error", "usage-changed", "usage-missing"}),
    claims=(
        Claim(
            says="It can route requests to OpenAI, Google Gemini, and Anthropic Claude, all "
            "through a single unified API.",
            section="What is this project?",
            check="plain-anthropic",
            imprecise=frozenset({"answered"}),
            really="so it does in front of recorded answers; whether Google answers at the address "
            "asked, `…/v1beta/openai/v1/chat/completions`, no recording here shows",
        ),
    ),
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

RESULTS = {
    "answered": "the caller gets what the vendor sent",
    "changed": "the caller gets something else than the vendor sent",
    "refused": "the caller gets a 4xx that the vendor did not send",
    "server_error": "the caller gets a 500 or above that the vendor did not send",
}
TOTALS = "prompt_tokens", "completion_tokens", "total_tokens"


def totals(usage):
    """Return the sums of a usage, without the details that only OpenAI gives."""
    return {name: usage.get(name) for name in TOTALS} if usage else None


def said(answer):
    """Return words, finish reason and usage of each choice of a plain answer."""
    body = answer.json() or {}
    return [
        (choice["message"].get("content"), choice["finish_reason"], totals(body.get("usage")))
        for choice in body.get("choices", [])
    ]


def chunks(answer):
    """Return the events of a stream that are JSON objects."""
    return [event for event in answer.events() if isinstance(event, dict)]


def streamed(answer):
    """Return the words of a stream in their order, its finish reasons, and its error events."""
    choices = [choice for chunk in chunks(answer) for choice in chunk.get("choices", [{}])]
    deltas = [choice.get("delta", choice).get("content") for choice in choices]
    ends = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    return [delta for delta in deltas if delta], ends, [c for c in chunks(answer) if "error" in c]


def reported(answer):
    """Return the last usage that a stream reports, in a list; [] if it reports none."""
    return [totals(chunk["usage"]) for chunk in chunks(answer) if chunk.get("usage")][-1:]


def result(answer, vendor_answers, read):
    """Return the outcome of comparing what the caller gets with what the vendor sent.

    A vendor may refuse: the caller then has to get its status.
    """
    sent = vendor_answers[-1] if vendor_answers else None
    if answer.status != 200:
        return "answered" if sent and sent.status == answer.status else answer.trouble
    same = sent is not None and sent.status == 200 and read(answer) == read(sent)
    return "answered" if same else "changed"


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_plain(gateway, observed, provider_data, vendor_answers, route):
    """One plain chat: words, finish reason, usage, and the name of the model that was asked."""
    answer = await gateway.chat(route.model, data=provider_data(route))
    named = answer.status != 200 or answer.json()["model"] == route.model
    outcome = result(answer, vendor_answers, said)
    observed(outcome if named else "changed", answer)


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed(gateway, observed, provider_data, vendor_answers, route):
    """One streamed chat: each word in its turn, then the finish reason, and no error."""
    answer = await gateway.chat(route.model, data=provider_data(route), stream=True)
    observed(result(answer, vendor_answers, streamed), answer)


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(
    usage_reported="the caller gets the usage that the vendor sent, if it answers",
    usage_changed="the stream reports another usage than the vendor's",
    usage_missing="the stream reports no usage, and the vendor did",
    refused=RESULTS["refused"],
    server_error=RESULTS["server_error"],
)
async def test_streamed_usage(gateway, observed, provider_data, vendor_answers, route):
    """One streamed chat with `stream_options: {include_usage: true}`."""
    options = {"include_usage": True}
    data = provider_data(route)
    answer = await gateway.chat(route.model, data=data, stream=True, stream_options=options)
    names = {"answered": "usage-reported", "changed": "usage-changed"}
    found = result(answer, vendor_answers, reported)
    outcome = names.get(found, found)
    missing = outcome == "usage-changed" and not reported(answer)
    observed("usage-missing" if missing else outcome, answer)

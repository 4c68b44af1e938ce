"""A caller's chat reaches the vendor of the model, and the vendor's answer the caller."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="chat",
    requires="The gateway MUST forward a chat to the vendor of the named model and return the "
    "vendor's words, finish reason and usage unchanged, streamed chats in the order sent.",
    instead="compare `base_url` and the registered models with the vendor's documentation",
    documented="seed: What is this project?; The Architecture",
    bites=frozenset({"changed", "refused", "usage-missing"}),
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


# What the cassettes hold: recorded facts, the same for every vendor but for its name.
WORDS = "Hello", " from", " the", " {vendor}", " stand-in", "."
FINISH = "stop"
USAGE = {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9}
RESULTS = {
    "answered": "the caller gets what the vendor sent",
    "changed": "the caller gets something else than the vendor sent",
    "refused": "the caller gets an error",
}


def words(route):
    """Return the words of the recorded answer of a route's vendor."""
    return [word.format(vendor=route.dialect) for word in WORDS]


def totals(usage):
    """Return the sums of a usage, without the details that only OpenAI gives."""
    return {name: usage[name] for name in USAGE} if usage else None


def result(answer, got, wanted):
    """Return the outcome of comparing what the caller gets with what the vendor sent."""
    if answer.status != 200:
        return "refused"
    return "answered" if got == wanted else "changed"


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_plain(gateway, observed, provider_data, route):
    """One plain chat: words, finish reason, usage, and the name of the model that was asked."""
    answer = await gateway.chat(route.model, data=provider_data(route))
    body = answer.json()
    got = [
        (
            choice["message"]["content"],
            choice["finish_reason"],
            totals(body["usage"]),
            body["model"],
        )
        for choice in body.get("choices", [])
    ]
    wanted = [("".join(words(route)), FINISH, USAGE, route.model)]
    observed(result(answer, got, wanted), answer)


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed(gateway, observed, provider_data, route):
    """One streamed chat: each word in its turn, then the finish reason, and no error."""
    answer = await gateway.chat(route.model, data=provider_data(route), stream=True)
    chunks = [event for event in answer.events() if isinstance(event, dict)]
    choices = [choice for chunk in chunks for choice in chunk.get("choices", [{}])]
    deltas = [choice.get("delta", choice).get("content") for choice in choices]
    ends = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    got = [delta for delta in deltas if delta], ends, [c for c in chunks if "error" in c]
    observed(result(answer, got, (words(route), [FINISH], [])), answer)


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(
    usage_reported="the stream ends with the vendor's usage",
    usage_changed="the stream reports another usage than the vendor's",
    usage_missing="the stream reports no usage",
    refused="the caller gets an error",
)
async def test_streamed_usage(gateway, observed, provider_data, route):
    """One streamed chat with `stream_options: {include_usage: true}`."""
    options = {"include_usage": True}
    data = provider_data(route)
    answer = await gateway.chat(route.model, data=data, stream=True, stream_options=options)
    chunks = [event for event in answer.events() if isinstance(event, dict)]
    reported = [totals(chunk["usage"]) for chunk in chunks if chunk.get("usage")]
    outcome = "usage-reported" if reported[-1:] == [USAGE] else "usage-changed"
    outcome = outcome if reported else "usage-missing"
    observed(outcome if answer.status == 200 else "refused", answer)

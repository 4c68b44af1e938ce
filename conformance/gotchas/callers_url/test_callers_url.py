"""A passthrough provider without `base_url` asks whatever URL its caller names."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="callers-url",
    happens="without `base_url` the provider boots and sends each request to the "
    "`passthrough_url` of its caller",
    why="any caller can make the gateway send requests to any address it can reach, inside its "
    "own network too",
    example="provider_type: remote::passthrough\nconfig: {}",
    instead="give every passthrough provider a `base_url`; it then overrides the caller's",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    exposes=frozenset({Exposed.CONFIG}),
    bites=frozenset({"to-the-callers-url"}),
    claims=(
        Claim(
            says="The redundant URL requirement: the URL in the header adds nothing to `base_url`.",
            section="Lessons for Future Work, 5",
            check="base-url-beats-passthrough-url",
            confirmed=frozenset({"to-the-base-url"}),
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_passthrough_url"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

MODEL = "anthropic/claude-sonnet-4-5"
RESULTS = {
    "to_the_callers_url": "the chat is sent to the URL the caller named",
    "sent_elsewhere": "the chat is sent to another URL",
    "rejected_400": "the caller gets a 400, and nothing is sent",
    "server_error": "the caller gets a 500 or above, and nothing is sent",
    "boot_fails": "the stack does not boot",
    "another-status": "the caller gets another status",
}


async def chat(share, config, sent, data):
    """Return the outcome and its evidence, for a chat with an `anthropic` without `base_url`."""
    entries = [configs.provider("anthropic")], [configs.model(*MODEL.split("/"))]
    run = await share(configs.inference(config, *entries))
    if run.failure:
        return "boot-fails", run.failure
    answer = await run.gateway.chat(MODEL, data=data)
    if sent:
        there = sent[0].headers["host"] in data.get("passthrough_url", "none")
        return "to-the-callers-url" if there else "sent-elsewhere", [*map(str, sent), answer]
    status = "server-error" if answer.status >= 500 else f"rejected-{answer.status}"
    return status if status in {"server-error", "rejected-400"} else "another-status", answer


@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_both(share, config, sent, observed, provider_data):
    """The caller sends key and URL."""
    observed(*await chat(share, config, sent, provider_data("anthropic")))


@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_key_alone(share, config, sent, observed, key):
    """The caller sends the key alone, so there is no URL at all."""
    observed(*await chat(share, config, sent, {"passthrough_api_key": key}))


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    to_the_base_url="the chat is sent to the config's `base_url`",
    to_the_callers_url="the chat is sent, with the key, to the URL the caller named",
    not_sent="the chat is not sent",
)
async def test_base_url_beats_passthrough_url(loopback, observed, route):
    """The config has the vendor's URL, OpenAI's; the caller names another vendor's."""
    other = next(vendor for vendor in ("anthropic", "openai") if vendor != route.dialect)
    data = loopback.data(route) | {"passthrough_url": loopback.data(other)["passthrough_url"]}
    answer = await loopback.gateway.chat(route.model, data=data)
    asked = {request.upstream for request in loopback.received}
    ours = "to-the-base-url" if asked else "not-sent"
    observed("to-the-callers-url" if other in asked else ours, [*asked, answer])

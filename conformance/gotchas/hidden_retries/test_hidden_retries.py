"""One request of a caller is up to three at the vendor, each of which counts there."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="hidden-retries",
    happens="when the vendor answers 429 or 5xx, the SDK inside the stack waits and retries "
    "twice, without a log line",
    why="a caller over the limit uses it up three times as fast, and nine times with a client "
    "that makes three attempts; answers are late for no visible reason",
    example="POST /v1/chat/completions → 429, after three requests to the vendor",
    instead="give callers a timeout longer than the vendor's wait, and turn their own retries off",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"several"}),
    claims=(
        Claim(
            says="The `remote::passthrough` type means \"just forward the request, don't do "
            'anything clever".',
            section="How `run.yaml` is structured, 1",
            check="requests-for-rate-limit",
            confirmed=frozenset({"once"}),
            imprecise=frozenset({"several"}),
            really="a request that the vendor answers with 429 or 5xx is sent three times; other "
            "requests lose nulls and unused tools (see `rewritten`)",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

COUNTS = {
    "once": "the vendor is asked once",
    "several": "the vendor is asked several times",
    "never": "the vendor is not asked",
}


def count(received):
    """Return the outcome for the requests that the vendor received."""
    return {0: "never", 1: "once"}.get(len(received), "several")


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.parametrize("error", ["rate-limit", "server-error", "overloaded"])
@outcomes(**COUNTS)
async def test_requests_for(loopback, observed, error, route):
    """A plain chat, and a vendor that refuses, fails or is overloaded each time it is asked."""
    loopback.fail(route, error=error)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed(count(loopback.received), f"{len(loopback.received)} requests; {answer}")


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@outcomes(**COUNTS)
async def test_requests_for_wrong_key(loopback, observed, route):
    """A plain chat with a key that the vendor refuses."""
    data = loopback.data(route) | {"passthrough_api_key": "no-key-of-this-vendor"}
    answer = await loopback.gateway.chat(route.model, data=data)
    observed(count(loopback.received), f"{len(loopback.received)} requests; {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**COUNTS)
async def test_requests_when_streamed(loopback, observed, route):
    """A streamed chat, and a vendor that refuses with a 429."""
    loopback.fail(route, error="rate-limit")
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(count(loopback.received), f"{len(loopback.received)} requests; {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    answered="the caller gets the answer to the second request",
    refused="the caller gets the error",
)
async def test_vendor_recovers(loopback, observed, route):
    """A plain chat, and a vendor that fails once."""
    loopback.fail(route, error="server-error", times=1)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed("answered" if answer.status == 200 else "refused", answer)

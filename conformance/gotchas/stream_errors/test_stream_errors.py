"""A stream that fails after it began has the status of success, and says little of the reason."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="stream-errors",
    happens="a vendor's error after a stream has begun arrives as an `error` event under HTTP "
    "200, without the vendor's words",
    why="a client that checks the status, or only reads choices, takes half an answer for a "
    "whole one",
    example='data: {"error": {"status_code": 500, "message": "Internal server error: …"}}',
    instead="treat an event with `error`, and a stream without a finish reason, as a failure",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"ok-with-error-event", "ok-and-silent", "reason-hidden"}),
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        "providers.utils.inference.stream_utils:wrap_async_stream",
        "core.server.server:sse_generator",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

VENDOR = pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
RESULTS = {
    "http-status": "the caller gets the status of an error, and no stream",
    "ok-with-error-event": "the caller gets HTTP 200, and an event with an error",
    "ok-and-silent": "the caller gets HTTP 200, and no word of an error",
}
WRONG_KEY = {"passthrough_api_key": "no-key-of-this-vendor"}
VENDORS_EVENT = b'data: {"error": {"message": "The vendor ran out of sand."}}\n\n'


def shown(answer):
    """Return what a person wants to see of a stream: how it ends."""
    return f"HTTP {answer.status} … {answer.text.strip()[-300:]}"


def result(answer):
    """Return the outcome for an answer that cannot be a whole stream."""
    if answer.status != 200:
        return "http-status"
    return "ok-with-error-event" if '"error"' in answer.text else "ok-and-silent"


@pytest.mark.for_config(callers_key=True, known_vendors=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_missing_key(gateway, observed, route):
    """A streamed chat without provider data."""
    answer = await gateway.chat(route.model, stream=True)
    observed(result(answer), shown(answer))


@pytest.mark.scenario("wrong-key")
@VENDOR
@outcomes(**RESULTS)
async def test_wrong_key(gateway, observed, provider_data, route_to, vendor):
    """A streamed chat with a key that the vendor refuses."""
    route = route_to(vendor)
    data = provider_data(route) | WRONG_KEY
    answer = await gateway.chat(route.model, data=data, stream=True)
    observed(result(answer), shown(answer))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_rate_limit(loopback, observed, route):
    """A streamed chat that the vendor refuses with a 429."""
    loopback.fail(route, error="rate-limit")
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(result(answer), shown(answer))


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(**RESULTS)
async def test_broken_off(loopback, observed, route):
    """The vendor hangs up after three pieces."""
    loopback.fail(route, drop_after=3)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(result(answer), shown(answer))


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(**RESULTS)
async def test_vendors_error_event(loopback, observed, route):
    """The vendor sends an event with an error after the first piece."""
    loopback.fail(route, insert=VENDORS_EVENT)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(result(answer), shown(answer))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    reason_passed_on="the vendor's message is in the stream",
    reason_hidden="the vendor's message is not in the stream",
)
async def test_vendors_reason(loopback, observed, route):
    """The same; whether the caller reads what the vendor said."""
    loopback.fail(route, insert=VENDORS_EVENT)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(
        "reason-passed-on" if "ran out of sand" in answer.text else "reason-hidden", shown(answer)
    )

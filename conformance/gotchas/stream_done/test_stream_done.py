"""A streamed chat ends without the `data: [DONE]` that the vendors send."""

import pytest

from conformance.core.model import Gotcha, NotApplicableError, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="stream-done",
    happens="the vendor's closing `data: [DONE]` is not passed on; the stream just ends",
    why="a client that waits for `[DONE]`, as OpenAI's documentation says, takes every answer "
    "for cut off",
    example='data: {…, "finish_reason": "stop", …}\n\n(end of the stream)',
    instead="treat the finish reason, or the end of the response, as the end",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"no-done"}),
    decided_by=("core.server.server:sse_generator",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    done_last="the last event is `[DONE]`",
    no_done="no event is `[DONE]`",
    done_early="another event follows `[DONE]`",
    refused="the caller gets an error",
)
async def test_end(gateway, observed, provider_data, vendor_answers, route):
    """A streamed chat; every recorded stream of the vendors ends with `[DONE]`."""
    answer = await gateway.chat(route.model, data=provider_data(route), stream=True)
    if vendor_answers and vendor_answers[-1].status >= 400:
        raise NotApplicableError(f"the vendor does not answer a chat: {vendor_answers[-1]}")
    events = answer.events()
    outcome = "done-early" if "[DONE]" in events else "no-done"
    outcome = "done-last" if events[-1:] == ["[DONE]"] else outcome
    observed(outcome if answer.status == 200 else "refused", answer.text[-400:])

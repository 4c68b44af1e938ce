"""A caller's mistake in the provider data puts a piece of the key into the log, or all of it."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="key-in-log",
    happens="if the provider data lacks a field, the server logs the end of the key, or a short "
    "key whole",
    why="the key alone is what a caller tries first, so the last two dozen characters of keys "
    "end up in a log that others read; the checks see each record as it is logged, and what of it "
    "a real server shows or keeps is the gotcha `logged-keys`",
    example="input_value={'passthrough_api_key': '…cB2vLdq7Zt4mXw9KcB2vLd'}",
    instead="tell callers to send both fields; filter `Error parsing provider data` out of the "
    "log; before 0.7.0 set `LLAMA_STACK_LOGGING=core=critical`, later leave `LLAMA_STACK_LOG_FILE` "
    "unset",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"whole-key", "piece-of-key"}),
    worst=frozenset({"whole-key"}),
    decided_by=("core.request_headers:NeedsRequestProviderData.get_request_provider_data",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

SHORT, PIECE = 16, 8
RESULTS = {
    "whole_key": "a log line holds the whole key",
    "piece_of_key": "a log line holds eight or more characters of the key's end",
    "nothing": "no log line holds a piece of the key",
}


def longest(key, lines):
    """Return how many characters of the key's end are in one of the lines."""
    return max(
        (n for n in range(len(key) + 1) if any(key[-n:] in line for line in lines if n)), default=0
    )


def result(key, lines):
    """Return the outcome and its evidence for a key and the lines logged."""
    length = longest(key, lines)
    outcome = "whole-key" if length == len(key) else "nothing"
    # The evidence says how much, never which: the run may use a real key.
    return ("piece-of-key" if PIECE <= length < len(key) else outcome), (
        f"{length} of {len(key)} characters in {len(lines)} lines"
    )


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_key_alone(gateway, log, observed, key, route):
    """The key without the URL; as long as the vendors' keys."""
    await gateway.chat(route.model, data={"passthrough_api_key": key})
    observed(*result(key, log()))


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_short_key_alone(gateway, log, observed, made_up_key, route):
    """The same with a key of sixteen characters, as gateways issue them."""
    await gateway.chat(route.model, data={"passthrough_api_key": made_up_key[-SHORT:]})
    observed(*result(made_up_key[-SHORT:], log()))


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_misspelt_field(gateway, log, observed, key, route):
    """The key in a field of another name."""
    await gateway.chat(route.model, data={"passthrough_url": "https://unused.test", "api_key": key})
    observed(*result(key, log()))


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_both_fields(gateway, log, observed, provider_data, route):
    """Both fields, as they should be."""
    data = provider_data(route)
    await gateway.chat(route.model, data=data)
    observed(*result(data["passthrough_api_key"], log()))

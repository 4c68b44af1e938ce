"""Whatever is wrong with the provider data, the caller is told to send the key."""

import json

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="provider-data-message",
    happens="a header without the URL is answered with a request for the key; only the log names "
    "the missing field",
    why="a caller who does what the message says gets the same message again",
    example='Pass API Key … as { "passthrough_api_key": <your api key>}',
    instead="look for `Error parsing provider data` in the server's log; it names the field",
    documented="seed: Bugs and Gotchas, 4",
    severity=Severity.LOW,
    bites=frozenset({"asks-for-what-was-sent", "names-another-field", "same-message-again"}),
    claims=(
        Claim(
            says="If you only send the API key, you get a confusing error.",
            section="Bugs and Gotchas, 4",
            check="message-misleads-key-alone",
            confirmed=frozenset({"asks-for-what-was-sent"}),
        ),
        Claim(
            says="If you only send the API key, validation fails silently (logged, returns None).",
            section="Bugs and Gotchas, 4",
            check="log-names-the-missing-field-key-alone",
            imprecise=frozenset({"named-as-error", "named"}),
            really="silently for the caller only: the server logs an error that names the missing "
            "field, together with a piece of the key (see `key-in-log`)",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_passthrough_api_key"
        ),
        "core.request_headers:NeedsRequestProviderData.get_request_provider_data",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

FIELDS = "passthrough_api_key", "passthrough_url"
ALONE = pytest.mark.parametrize("given", FIELDS, ids=["key-alone", "url-alone"])


def missing(given):
    """Return the field that is not given."""
    return next(name for name in FIELDS if name != given)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@ALONE
@outcomes(
    names_the_missing_field="the message names the field that is missing",
    names_another_field="the message names the field that was sent, and not the missing one",
    names_no_field="the message names neither field",
    no_error="the caller gets no error",
)
async def test_message_names_the_missing_field(gateway, observed, provider_data, given, route):
    """One field is sent; what the caller is told of the other."""
    answer = await gateway.chat(route.model, data={given: provider_data(route)[given]})
    named = {name for name in FIELDS if name in answer.text}
    told = "names-another-field" if named else "names-no-field"
    told = "names-the-missing-field" if missing(given) in named else told
    observed("no-error" if answer.status == 200 else told, answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@ALONE
@outcomes(
    named_as_error="a line of level ERROR names the missing field",
    named="a line of a lower level names the missing field",
    logged="something is logged, without the missing field's name",
    silent="nothing is logged",
)
async def test_log_names_the_missing_field(gateway, log, observed, provider_data, given, route):
    """One field is sent; what the operator finds in the log of the other."""
    await gateway.chat(route.model, data={given: provider_data(route)[given]})
    lines = [line for line in log() if missing(given) in line]
    level = "named-as-error" if any(line.startswith("ERROR") for line in lines) else "named"
    other = "logged" if log() else "silent"
    observed(level if lines else other, [line.split("[type")[0] for line in lines or log()])


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@ALONE
@outcomes(
    asks_for_what_was_sent="the message asks for the very field that was sent",
    asks_for_what_is_missing="the message asks for what is missing",
    asks_for_nothing="the message asks for neither field",
    no_error="the caller gets no error",
)
async def test_message_misleads(gateway, observed, provider_data, given, route):
    """One field is sent; whether the message asks for that one or for the other."""
    answer = await gateway.chat(route.model, data={given: provider_data(route)[given]})
    asked = "what-was-sent" if given in answer.text else "nothing"
    asked = "what-is-missing" if missing(given) in answer.text else asked
    observed("no-error" if answer.status == 200 else f"asks-for-{asked}", answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(
    same_message_again="what the message asks for brings the same message",
    other_message="what the message asks for brings another message",
    answered="what the message asks for brings an answer",
    nothing_asked="the message names no field to send",
)
async def test_following_its_advice(gateway, observed, provider_data, route):
    """First no header, then exactly the fields that the error asked for."""
    first = await gateway.chat(route.model)
    asked = {name: value for name, value in provider_data(route).items() if name in first.text}
    second = await gateway.chat(route.model, data=asked)
    outcome = "same-message-again" if second.text == first.text else "other-message"
    outcome = "answered" if second.status == 200 else outcome
    evidence = json.dumps({"asked for": [*asked], "then": str(second)})
    observed(outcome if asked else "nothing-asked", evidence)

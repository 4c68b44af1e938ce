"""A vendor's error keeps its status and loses its form: the body becomes a text about it."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="vendor-errors",
    happens="the vendor's status arrives; its JSON arrives as Python source in the text of "
    "another error; `retry-after` is lost",
    why="clients look for the vendor's `error.message` and `error.code`: before 0.6.0 they find "
    "neither, from then on a message that quotes Python and no code; nothing tells them how long "
    "to wait; a bad Gemini key is a 400, so a check for 401 misses it",
    example='{"error": {"detail": "Error code: 401 - {\'error\': {\'message\': …}}"}}',
    instead="go by the status; for Gemini look for `API_KEY_INVALID` in the text of a 400",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {"python-in-message", "text-about-it", "nothing-of-it", "dropped", "other-status"}
    ),
    decided_by=("core.server.server:translate_exception",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

FAULTS = {
    "rate-limit": ("openai", 429),
    "server-error": ("openai", 500),
    "overloaded": ("openai", 503),
    "anthropic-overloaded": ("anthropic", 529),
}
VENDOR = pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
STATUS = {
    "same-status": "the caller gets the vendor's status",
    "other-status": "the caller gets another status",
}


def same(answer, *statuses):
    """Return the outcome of comparing a status with the vendor's; without one it is another."""
    return "same-status" if answer.status in statuses else "other-status"


def wrong(data):
    """Return provider data with a key that no vendor issued."""
    return data | {"passthrough_api_key": "no-key-of-this-vendor"}


def words_of(refused):
    """Return the text by which a vendor's error is known again: its message, or its first line."""
    body = refused.json()
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    said = error.get("message") if isinstance(error, dict) else None
    return said or refused.text.strip().partition("\n")[0]


FORMS = "vendors-body", "vendors-message", "python-in-message", "text-about-it", "nothing-of-it"


def form(answer, refused):
    """Return the outcome of comparing the body of an error with that of the vendor's refusal."""
    body, said = answer.json(), refused.json()
    if said is not None and body == said:
        return "vendors-body"
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    if message == words_of(refused):
        return "vendors-message"
    if isinstance(message, str) and said is not None and str(said) in message:
        return "python-in-message"
    return "text-about-it" if words_of(refused) in answer.text else "nothing-of-it"


@pytest.mark.needs("chat")
@pytest.mark.scenario("wrong-key")
@VENDOR
@outcomes(**STATUS)
async def test_status_for_wrong_key(
    gateway, observed, provider_data, vendor, vendor_refusals, route_to
):
    """A key that the vendor refuses; Google says 400 to it."""
    answer = await gateway.chat(route_to(vendor).model, data=wrong(provider_data(route_to(vendor))))
    observed(same(answer, *(refused.status for refused in vendor_refusals()[-1:])), answer)


@pytest.mark.needs("chat")
@pytest.mark.scenario("unknown-model")
@VENDOR
@outcomes(**STATUS)
async def test_status_for_unknown_model(
    gateway, observed, provider_data, vendor, vendor_refusals, route_to
):
    """A model that the vendor does not have."""
    route = route_to(vendor)
    model = f"{route.provider}/no-such-model"
    answer = await gateway.chat(model, data=provider_data(route))
    observed(same(answer, *(refused.status for refused in vendor_refusals()[-1:])), answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.parametrize(("vendor", "status"), FAULTS.values(), ids=FAULTS)
@outcomes(**STATUS)
async def test_status_for(loopback, observed, vendor, route_to, status):
    """A vendor that refuses, fails or is overloaded, however often it is asked."""
    error = {429: "rate-limit", 500: "server-error"}.get(status, "overloaded")
    route = route_to(vendor)
    loopback.fail(route, error=error)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed(same(answer, status), answer)


@pytest.mark.scenario("wrong-key")
@VENDOR
@outcomes(
    vendors_body="the body is the vendor's",
    vendors_message="`error.message` is the vendor's own message, as clients expect",
    python_in_message="`error.message` is a text with the vendor's JSON in it, as Python source",
    text_about_it="the body has another text, which contains the vendor's body or message",
    nothing_of_it="the body does not contain what the vendor said",
)
async def test_body(gateway, observed, provider_data, vendor, vendor_refusals, route_to):
    """The body of the error for a wrong key."""
    answer = await gateway.chat(route_to(vendor).model, data=wrong(provider_data(route_to(vendor))))
    forms = [form(answer, refused) for refused in vendor_refusals()]  # also to other requests
    observed(min(forms, key=FORMS.index, default="nothing-of-it"), answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    passed_on="the caller gets the vendor's `retry-after`",
    replaced="the caller gets a `retry-after` with another value",
    dropped="the caller gets no `retry-after`",
)
async def test_retry_after(loopback, observed, route):
    """The vendor refuses with a 429 and `retry-after: 7`."""
    loopback.fail(route, error="rate-limit", headers={"retry-after": "7"})
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    got = answer.headers.get("retry-after")
    outcome = "passed-on" if got == "7" else "replaced"
    observed(outcome if got else "dropped", f"{answer.headers} {answer}")

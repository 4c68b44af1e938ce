"""A vendor's error keeps its status and loses its form: the body becomes a text about it."""

import pytest

from conformance.core.model import Gotcha, outcomes

GOTCHA = Gotcha(
    slug="vendor-errors",
    happens="the vendor's status arrives; its JSON arrives as Python source inside the text "
    "`error.detail`; `retry-after` is lost",
    why="clients look for `error.message` and `error.code` and find neither; nothing tells them "
    "how long to wait; a bad Gemini key is a 400, so a check for 401 misses it",
    example='{"error": {"detail": "Error code: 401 - {\'error\': {\'message\': …}}"}}',
    instead="go by the status; for Gemini look for `API_KEY_INVALID` in the text of a 400",
    documented="found by this suite",
    bites=frozenset({"text-about-it", "nothing-of-it", "dropped", "other-status"}),
    decided_by=("core.server.server:translate_exception",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

# What the recordings and the stand-ins answer; Google says 400 to a bad key.
WRONG_KEY = {"openai": 401, "gemini": 400, "anthropic": 401}
FAULTS = {
    "rate-limit": ("openai", 429),
    "server-error": ("openai", 500),
    "overloaded": ("openai", 503),
    "anthropic-overloaded": ("anthropic", 529),
}
VENDOR = pytest.mark.parametrize("vendor", WRONG_KEY)
STATUS = {
    "same-status": "the caller gets the vendor's status",
    "other-status": "the caller gets another status",
}


def same(answer, status):
    """Return the outcome of comparing a status with the vendor's."""
    return "same-status" if answer.status == status else "other-status"


def wrong(data):
    """Return provider data with a key that no vendor issued."""
    return data | {"passthrough_api_key": "no-key-of-this-vendor"}


@pytest.mark.needs("chat")
@pytest.mark.scenario("wrong-key")
@VENDOR
@outcomes(**STATUS)
async def test_status_for_wrong_key(gateway, observed, provider_data, vendor, route_to):
    """A key that the vendor refuses."""
    answer = await gateway.chat(route_to(vendor).model, data=wrong(provider_data(route_to(vendor))))
    observed(same(answer, WRONG_KEY[vendor]), answer)


@pytest.mark.needs("chat")
@pytest.mark.scenario("unknown-model")
@VENDOR
@outcomes(**STATUS)
async def test_status_for_unknown_model(gateway, observed, provider_data, vendor, route_to):
    """A model that the vendor does not have."""
    route = route_to(vendor)
    model = f"{route.provider}/no-such-model"
    answer = await gateway.chat(model, data=provider_data(route))
    observed(same(answer, 404), answer)


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
    openais_form="the body has `error.message`, as clients expect",
    text_about_it="the body has a text, which contains the vendor's body or message",
    nothing_of_it="the body does not contain what the vendor said",
)
async def test_body(gateway, observed, provider_data, vendor, route_to):
    """The body of the error for a wrong key."""
    answer = await gateway.chat(route_to(vendor).model, data=wrong(provider_data(route_to(vendor))))
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        outcome = "vendors-body" if {"code", "type"} <= error.keys() else "openais-form"
    elif isinstance(body, list):
        outcome = "vendors-body"
    else:
        told = "api key" in answer.text.lower()  # all three vendors say so, in other words
        outcome = "text-about-it" if told else "nothing-of-it"
    observed(outcome, answer)


@outcomes(
    passed_on="the caller gets the vendor's `retry-after`",
    dropped="the caller gets no `retry-after`",
)
async def test_retry_after(loopback, observed, route):
    """The vendor refuses with a 429 and `retry-after: 7`."""
    loopback.fail(route, error="rate-limit", headers={"retry-after": "7"})
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    outcome = "passed-on" if answer.headers.get("retry-after") == "7" else "dropped"
    observed(outcome, f"{answer.headers} {answer}")

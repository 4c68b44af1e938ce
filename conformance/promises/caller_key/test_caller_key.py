"""The caller's key arrives at the vendor as a bearer token, and nowhere else."""

import pytest

from conformance.core.model import Claim, Promise, outcomes
from conformance.stack.together import together

PROMISE = Promise(
    slug="caller-key",
    requires="The gateway MUST send the caller's key to the vendor as the bearer token and MUST "
    "NOT put it anywhere else; it MUST NOT use it for another caller, nor forward the caller's "
    "own header fields.",
    instead="give no provider a key of its own: it is used for every caller; send nothing to the "
    "gateway that the vendor is to see in a header",
    documented="seed: What is this project?; Lessons for Future Work, 5",
    bites=frozenset(
        {"missing", "not-sent", "also-elsewhere", "forwarded", "mixed-up", "still-used"}
    ),
    claims=(
        Claim(
            says="Callers pass their own keys per request.",
            section="What is this project?",
            check="arrives-openai",
            confirmed=frozenset({"bearer-only"}),
        ),
        Claim(
            says="Passing credentials per request keeps the server stateless.",
            section="Lessons for Future Work, 5",
            check="is-forgotten",
            imprecise=frozenset({"forgotten"}),
            really="the key is forgotten; the prompt and the answer are kept in the server's "
            "SQLite file (see `stored-chats`)",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
        "core.request_headers:RequestProviderDataContext",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")


def bearer(request):
    """Return the bearer token of a request."""
    return request.headers.get("authorization", "").removeprefix("Bearer ")


@pytest.mark.scenario("chat")
@pytest.mark.every_route
@pytest.mark.for_config(any_provider=True)
@pytest.mark.without_auth
@outcomes(
    bearer_only="the key is the bearer token, and in no other part of the request",
    also_elsewhere="the key is in another part of the request too",
    missing="the key is not the bearer token",
    not_sent="no request leaves the gateway",
)
async def test_arrives(gateway, sent, observed, provider_data, route):
    """One plain chat; where the key is in what the vendor receives."""
    data = provider_data(route)
    await gateway.chat(route.model, data=data)
    key = data[route.key_field]
    others = [f"{r.url} {r.text}" for r in sent]
    others += [v for r in sent for name, v in r.headers.items() if name != "authorization"]
    outcome = "bearer-only" if all(bearer(r) == key for r in sent) else "missing"
    outcome = "also-elsewhere" if key in " ".join(others) else outcome
    observed(outcome if sent else "not-sent", [r.headers for r in sent])


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(
    dropped="none of the caller's header fields reaches the vendor",
    forwarded="a header field of the caller reaches the vendor",
    not_sent="no request leaves the gateway",
)
async def test_callers_headers(gateway, sent, observed, provider_data, route):
    """The provider data, a token for the gateway, a cookie, and a field of the caller's own."""
    marks = {"authorization": "Bearer for-the-gateway", "cookie": "a=for-the-gateway", "x-own": "1"}
    await gateway.chat(route.model, data=provider_data(route), headers=marks)
    names = {gateway.header.lower(), "cookie", "x-own"}
    got = [f for r in sent for f in r.headers.items() if f[0] in names or "for-the-gateway" in f[1]]
    outcome = "forwarded" if got else "dropped"
    observed(outcome if sent else "not-sent", [r.headers for r in sent])


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("two-callers")
@outcomes(
    kept_apart="each request carries the key of its own caller",
    mixed_up="a request carries the key of the other caller",
    missing="a request carries neither caller's key",
    not_sent="a caller's request does not leave the gateway",
)
async def test_two_callers_at_once(gateway, sent, observed, made_up_data, route):
    """Two callers of one vendor at the same time, each with a key and a model of its own."""
    data = made_up_data(route)
    key = data[route.key_field]
    keys = {"gpt-4o": f"{key}-one", "gpt-4o-mini": f"{key}-two"}
    chats = (
        gateway.chat(f"{route.provider}/{model}", data=data | {route.key_field: own})
        for model, own in keys.items()
    )
    await together(chats)
    asked = [request for request in sent if request.method == "POST"]
    got = {request.body["model"]: bearer(request) for request in asked}
    outcome = "mixed-up" if {*got.values()} <= {*keys.values()} else "missing"
    outcome = "kept-apart" if got == keys else outcome
    observed(outcome if got.keys() == keys.keys() else "not-sent", [*map(str, asked)])


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(
    forgotten="the second caller gets an error, and nothing is sent",
    sent_without_key="the second request is sent without any key",
    still_used="the second request is sent with a key, which its caller has not sent",
    answered="the second caller gets an answer without an error, and nothing is sent",
    not_sent="not even the first request leaves the gateway",
)
async def test_is_forgotten(gateway, sent, observed, provider_data, route):
    """One caller with a key, then one without."""
    await gateway.chat(route.model, data=provider_data(route))
    first = len([request for request in sent if request.method == "POST"])
    answer = await gateway.chat(route.model)
    second = [request for request in sent if request.method == "POST"][first:]
    unsent = "forgotten" if answer.trouble else "answered"
    used = (
        "still-used" if any(bearer(request).strip() for request in second) else "sent-without-key"
    )
    observed((used if second else unsent) if first else "not-sent", answer)

"""`server.quota` counts tokens for nothing and believes a header; from 1.0.0 on it is ignored."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="request-quota",
    happens="from 1.0.0 on `server.quota` is accepted and does nothing; before, callers with "
    "tokens get the limit for anonymous ones",
    why="after the upgrade nothing limits what callers spend; before, all callers behind one "
    "address share one small limit, and with a proxy on the server's own machine a caller's "
    "`X-Forwarded-For` starts a new one",
    example="server: {quota: {kvstore: …, anonymous_max_requests: 100}}",
    instead="limit requests in the proxy in front of the gateway; before 1.0.0 set "
    "`anonymous_max_requests` to what all callers need together, and `FORWARDED_ALLOW_IPS` to an "
    "address that is not the proxy's",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"served-on", "refused-as-anonymous", "let-through", "not-counted"}),
    decided_by=("core.server.server:create_app",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

MODELS = "/v1/models"
QUOTA = {
    "kvstore": {"namespace": "quota", "backend": "kv_default"},
    "anonymous_max_requests": 1,
    "authenticated_max_requests": 100,
}
ELSEWHERE = {"x-forwarded-for": "192.0.2.7"}  # an address for documentation: RFC 5737
OTHER_PROXY = {"FORWARDED_ALLOW_IPS": "192.0.2.1"}


def limited(config):
    """Return the config with a quota of one request for who is anonymous."""
    return config | {"server": config.get("server", {}) | {"quota": QUOTA}}


def refused(answer):
    """Return whether an answer says that too much was asked; others but 200 are no answer."""
    if answer.status not in {200, 429}:
        raise CouldNotObserveError(f"neither served nor over the quota: {answer}")
    return answer.status == 429


@outcomes(
    limited="the second request gets a 429",
    served_on="the second request is served",
)
async def test_anonymous(in_front, observed, config):
    """One request is allowed without a token; a caller lists the models twice."""
    front = await in_front(limited(config))
    answers = [await front.gateway.request("GET", MODELS) for _ in range(2)]
    first, second = map(refused, answers)
    if first:
        raise CouldNotObserveError(f"the first request is over the quota: {answers[0]}")
    observed("limited" if second else "served-on", answers[1])


@outcomes(
    served="the second request of the caller is served, as its own limit says",
    refused_as_anonymous="the second request of the caller gets a 429",
)
async def test_with_token(in_front, identities, token_of, observed, config):
    """A hundred requests are allowed with a token, and one without; a caller with one sends two."""
    front = await in_front(limited(identities.asked_by(config)))
    headers = token_of("alice")
    answers = [await front.gateway.request("GET", MODELS, headers=headers) for _ in range(2)]
    observed("refused-as-anonymous" if refused(answers[1]) else "served", answers[1])


FORGED = {
    "let_through": "a request over the limit gets a 429 without the header, and is served with it",
    "refused": "a request over the limit gets a 429 with the header, too",
    "not_counted": "no request gets a 429",
}


async def forged(own_server, variables):
    """Ask a server whose quota is used up, without and with the header of another address."""
    async with own_server(variables=variables, server={"quota": QUOTA}) as server:
        await server.request("GET", MODELS)
        plain, named = [await server.request("GET", MODELS, headers=h) for h in ({}, ELSEWHERE)]
    if not refused(plain):
        return "not-counted", plain
    return ("refused" if refused(named) else "let-through"), named


@pytest.mark.needs("process")
@outcomes(**FORGED)
async def test_forged_address(own_server, observed):
    """The quota is used up; a caller on the server's own machine names another address."""
    observed(*await forged(own_server, {}))


@pytest.mark.needs("process")
@outcomes(**FORGED)
async def test_forged_address_elsewhere(own_server, observed):
    """The workaround: the same, and `FORWARDED_ALLOW_IPS` names a proxy on another machine."""
    observed(*await forged(own_server, OTHER_PROXY))

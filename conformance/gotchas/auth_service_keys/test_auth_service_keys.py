"""`server.auth` of type `custom` posts the caller's vendor key to the service that it asks."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="auth-service-keys",
    happens="with `server.auth` of type `custom`, all headers are posted to the "
    "service, the caller's vendor key among them",
    why="an operator or log of the service has the vendor keys of all callers, although it needs "
    "their tokens alone; only the `Authorization` header is taken out of what it is sent",
    example="auth:\n  provider_config: {type: custom, endpoint: https://auth.example/check}",
    instead="use another type (`oauth2_token`, `github_token`, `kubernetes`): those are sent the "
    "token alone; or trust that service with every key, and keep its log clean",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"key-handed-over"}),
    decided_by=("core.server.auth_providers:CustomAuthProvider.validate_token",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

KINDS = {
    "custom": "custom",
    "oauth2": "oauth2_token",
    "github": "github_token",
    "kubernetes": "kubernetes",
}
RESULTS = {
    "key_handed_over": "the service is sent the caller's vendor key",
    "token_alone": "the service is sent the caller's token, and no vendor key",
    "nothing": "the service is not asked",
}


async def seen(in_front, identities, token_of, config, kind):
    """Chat through a gateway that asks the service; return the gateway, the key and the answer."""
    front = await in_front(identities.asked_by(config, kind))
    data = front.data("openai")
    answer = await front.gateway.chat("openai/gpt-4o", data=data, headers=token_of("alice"))
    return front, data["passthrough_api_key"], answer


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@outcomes(**RESULTS)
async def test_sent_to(in_front, identities, token_of, observed, config, kind):
    """One chat of a caller with a token for the gateway and a key for the vendor."""
    _, key, answer = await seen(in_front, identities, token_of, config, kind)
    texts = [request.text for request in identities.received]
    outcome = "key-handed-over" if any(key in text for text in texts) else "token-alone"
    asked = [f"{request.method} {request.target}" for request in identities.received]
    observed(outcome if texts else "nothing", f"{asked} {answer}")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@outcomes(
    key_alone="the vendor is sent the caller's key, and no token",
    bearer_too="the vendor is sent the caller's token for the gateway",
    not_sent="the vendor is not asked",
)
async def test_token_kept(in_front, identities, token_of, observed, config, kind):
    """The same chat; whether the vendor is sent the caller's token for the gateway."""
    front, _, answer = await seen(in_front, identities, token_of, config, kind)
    texts = [f"{dict(r.headers)} {r.content!r}" for r in front.asked]
    outcome = "bearer-too" if any("token-of-alice" in text for text in texts) else "key-alone"
    observed(outcome if texts else "not-sent", answer)

"""`server.auth` of type `custom` posts the caller's vendor key to the service that it asks."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="auth-service-keys",
    happens="with `server.auth` of type `custom`, the caller's headers are posted to the "
    "service, the vendor key among them",
    why="an operator or log of the service has the vendor keys of all callers, although it needs "
    "their tokens alone",
    example="auth:\n  provider_config: {type: custom, endpoint: https://auth.example/check}",
    instead="use another type: `oauth2_token`, `github_token` and `kubernetes` send the token "
    "alone, `local_api_key` (from 1.4.0 on) asks nobody; or trust that service with every key, and "
    "keep its log clean",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"key-handed-over", "key-picked-out"}),
    decided_by=("core.server.auth_providers:CustomAuthProvider.validate_token",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

KINDS = {
    "custom": "custom",
    "oauth2": "oauth2_token",
    "github": "github_token",
    "kubernetes": "kubernetes",
    "local-keys": "local_api_key",
    "upstream": "upstream_header",
}
TOKEN, TENANT = "token-of-alice", "tenant-of-alice"
RESULTS = {
    "key_handed_over": "the service is sent the caller's token, and with it the vendor key and "
    "another header of the caller's",
    "key_picked_out": "the service is sent the caller's token and vendor key, and not the other "
    "header",
    "headers_alone": "the service is sent the caller's token and other header, and no vendor key",
    "token_alone": "the service is sent the caller's token, and no vendor key or other header",
    "no_token": "the service is asked, and is not sent the caller's token",
    "nothing": "the service is not asked, and the caller is answered",
    "unknown_type": "the stack does not boot: it knows no such type",
}
NAMES = {  # whether it is sent the vendor key, and whether the other header
    (True, True): "key-handed-over",
    (True, False): "key-picked-out",
    (False, True): "headers-alone",
    (False, False): "token-alone",
}


async def seen(in_front, identities, token_of, config, route, kind):
    """Chat through a gateway that asks the service; return it, the key and the answer.

    Instead of the gateway None is returned if it knows no such service, with what it says of that.
    """
    front = await in_front(identities.asked_by(config, kind))
    if configs.is_unknown_auth(kind, front.failure):
        return None, "", front.failure
    data = front.data(route)
    headers = token_of("alice") | {"x-tenant": TENANT}
    answer = await front.gateway.chat(route.model, data=data, headers=headers)
    return front, data["passthrough_api_key"], answer


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@outcomes(**RESULTS)
async def test_sent_to(in_front, identities, token_of, observed, config, route, kind):
    """One chat of a caller with a token for the gateway and a key for the vendor."""
    front, key, answer = await seen(in_front, identities, token_of, config, route, kind)
    if front is None:
        observed("unknown-type", answer)
        return
    text = "\n".join(request.text for request in identities.received)
    outcome = NAMES[key in text, TENANT in text] if TOKEN in text else "no-token"
    asked = [f"{request.method} {request.target}" for request in identities.received]
    if not asked and answer.status != 200:
        raise CouldNotObserveError(f"the caller is not answered: {answer}")
    observed(outcome if text else "nothing", f"{asked} {answer}")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@outcomes(
    key_alone="the vendor is sent the caller's key, and no token",
    bearer_too="the vendor is sent the caller's token for the gateway",
    neither="the vendor is asked without the caller's key and token",
    not_sent="the vendor is not asked",
    unknown_type="the stack does not boot: it knows no such type",
)
async def test_token_kept(in_front, identities, token_of, observed, config, route, kind):
    """The same chat; whether the vendor is sent the caller's token for the gateway."""
    front, key, answer = await seen(in_front, identities, token_of, config, route, kind)
    if front is None:
        observed("unknown-type", answer)
        return
    text = "\n".join(f"{dict(r.headers)} {r.content!r}" for r in front.asked)
    outcome = "bearer-too" if TOKEN in text else "key-alone" if key in text else "neither"
    observed(outcome if text else "not-sent", answer)

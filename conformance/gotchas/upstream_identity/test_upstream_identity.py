"""`server.auth` of type `upstream_header` believes headers of whoever connects."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="upstream-identity",
    happens="`server.auth` of type `upstream_header` believes any caller; `trusted_proxy_cidrs` "
    "does nothing before 1.4.0, later `X-Forwarded-For` gets past it",
    why="whoever reaches the server itself, or a proxy that passes these headers on, reads "
    "anybody's stored chats; from 1.4.0 on the list of trusted addresses is compared with one that "
    "a caller on the server's own machine, or behind a proxy there, may have written",
    example="auth: {provider_config: {type: upstream_header, principal_header: x-user}}",
    instead="have the proxy replace these headers, let the server listen for the proxy alone, and "
    "with `trusted_proxy_cidrs` set `FORWARDED_ALLOW_IPS` to an address that nobody has",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.TEXT, Exposed.MONEY}),
    bites=frozenset({"believed"}),
    decided_by=(
        "core.server.auth_providers:UpstreamHeaderAuthProvider.validate_token",
        "core.server.auth_providers:UpstreamHeaderAuthProvider._verify_proxy_cidr",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

KIND, HEADER = "upstream_header", "x-user"
TRUSTED = {"trusted_proxy_cidrs": ["192.0.2.0/24"]}  # addresses for documentation: RFC 5737
FROM_THERE = {"x-forwarded-for": "192.0.2.7"}
NO_PROXY = {"FORWARDED_ALLOW_IPS": "192.0.2.1"}
MODELS, LIST = "/v1/models", "/v1/chat/completions?limit=1000"
PATIENCE, PAUSE_S = 40, 0.05
UNKNOWN = "the stack does not boot: it knows no such type"
RESULTS = {
    "believed": "the request is served",
    "refused": "the caller gets a 401 or 403",
    "unknown_type": UNKNOWN,
}


def auth(**settings):
    """Return a `server.auth` of this type."""
    kind = {"type": KIND, "principal_header": HEADER}
    return {"provider_config": kind | settings}


async def booted(in_front, config, **settings):
    """Return the gateway with such a `server.auth`, or None if the release knows no such type."""
    server = config.get("server", {}) | {"auth": auth(**settings)}
    front = await in_front(config | {"server": server})
    return None if configs.is_unknown_auth(KIND, front.failure) else front


def judged(status):
    """Return the outcome for the status of a list of models."""
    if status in {401, 403}:
        return "refused"
    if status != 200:
        raise CouldNotObserveError(f"neither served nor refused: HTTP {status}")
    return "believed"


@pytest.mark.needs("chat")
@outcomes(
    believed="a caller who names another one is shown that one's chats",
    refused="a caller who names another one is refused",
    not_shown="a caller who names another one is shown none of that one's chats",
    server_error="nobody is shown stored chats: the list is a 500",
    unknown_type=UNKNOWN,
)
async def test_named_by_caller(in_front, observed, config, route):
    """Carol has chatted; somebody else lists the stored chats, and names carol in the header."""
    if (front := await booted(in_front, config)) is None:
        observed("unknown-type")
        return
    carol = {HEADER: "carol"}
    chat = await front.gateway.chat(route.model, data=front.data(route), headers=carol)
    identifier = (chat.json() or {}).get("id")
    if not identifier:
        raise CouldNotObserveError(f"carol is not answered: {chat}")
    for _ in range(PATIENCE):
        answer = await front.gateway.request("GET", LIST, headers=carol)
        if answer.trouble or identifier in answer.text:
            break
        await asyncio.sleep(PAUSE_S)  # chats are written behind the caller's back
    shown = "believed" if identifier in answer.text else "not-shown"
    observed(answer.trouble or shown, answer)


@outcomes(**RESULTS)
async def test_other_address(in_front, observed, config):
    """`trusted_proxy_cidrs` without the caller's address; the caller names somebody."""
    if (front := await booted(in_front, config, **TRUSTED)) is None:
        observed("unknown-type")
        return
    answer = await front.gateway.request("GET", MODELS, headers={HEADER: "carol"})
    observed(judged(answer.status), answer)


async def forged(in_front, own_server, config, variables):
    """Ask a server with such a list, as a caller on its machine who names an address on it."""
    if await booted(in_front, config, **TRUSTED) is None:
        return "unknown-type", ""
    headers = {HEADER: "carol"} | FROM_THERE
    async with own_server(variables=variables, server={"auth": auth(**TRUSTED)}) as server:
        answer = await server.request("GET", MODELS, headers=headers)
    return judged(answer.status), answer


@pytest.mark.needs("process")
@outcomes(**RESULTS)
async def test_forged_address(in_front, own_server, observed, config):
    """The same, and the caller, on the server's machine, names an address that is on the list."""
    observed(*await forged(in_front, own_server, config, {}))


@pytest.mark.needs("process")
@outcomes(**RESULTS)
async def test_forged_address_elsewhere(in_front, own_server, observed, config):
    """The workaround: the same, and `FORWARDED_ALLOW_IPS` names an address that nobody has."""
    observed(*await forged(in_front, own_server, config, NO_PROXY))

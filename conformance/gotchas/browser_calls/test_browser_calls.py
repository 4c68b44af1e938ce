"""`server.cors` lets no browser send the provider-data header, or counts for nothing."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="browser-calls",
    happens="from 1.0.0 on `server.cors` is accepted and does nothing; before, `true` forbids "
    "browsers the provider-data header",
    why="a page that is developed on localhost works as long as the server has the keys, and "
    "stops at the preflight as soon as callers send their own, or the gateway is upgraded",
    example="server: {cors: true}",
    instead="before 1.0.0 write `server.cors` out: `allow_origins`, `allow_methods`, and "
    "`allow_headers` with the header's name; from then on serve page and gateway from one origin",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"header-refused", "no-preflight", "unreadable"}),
    decided_by=("core.datatypes:process_cors_config", "core.server.server:create_app"),
)
pytestmark = pytest.mark.needs("remote::passthrough")

LOCAL, PAGE = "http://localhost:3000", "https://app.example.test"


def written_out(header):
    """Return a `cors` section that allows the page, and what its requests need."""
    return {
        "allow_origins": [PAGE],
        "allow_methods": ["GET", "POST", "OPTIONS"],
        "allow_headers": ["content-type", "authorization", header],
    }


CASES = {
    "true": (True, LOCAL),
    "true-other-page": (True, PAGE),
    "star": ({"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]}, PAGE),
    "written-out": (written_out, PAGE),
}


async def gateway_with(share, config, cors):
    """Return a gateway with this `server.cors`."""
    config.setdefault("server", {})["cors"] = cors
    return (await share(config)).gateway


async def preflight(gateway, origin, *headers):
    """Ask as a browser does before it posts a chat with these headers."""
    fields = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": ", ".join(sorted(headers)),
    }
    return await gateway.request("OPTIONS", "/v1/chat/completions", headers=fields)


def allows(answer, origin, *headers):
    """Return whether a preflight's answer lets the request through."""
    allowed = answer.headers.get("access-control-allow-origin")
    named = answer.headers.get("access-control-allow-headers", "").lower()
    known = {name.strip() for name in named.split(",")}
    return allowed in {origin, "*"} and ("*" in known or known >= {*headers})


PREFLIGHTS = {
    "allowed": "the browser may send the chat with the header",
    "header_refused": "the browser may send the chat, but not with the header",
    "origin_refused": "the gateway answers the preflight, and allows the page nothing",
    "no_preflight": "the gateway has no answer to a preflight",
}


async def asked_by_page(gateway, origin):
    """Ask to post a chat with the provider-data header; return outcome and evidence."""
    name = gateway.header.lower()
    answer = await preflight(gateway, origin, "content-type", name)
    without = await preflight(gateway, origin, "content-type")
    if allows(answer, origin, "content-type", name):
        outcome = "allowed"
    elif allows(without, origin, "content-type"):
        outcome = "header-refused"
    else:
        known = "access-control-allow-methods" in answer.headers
        outcome = "origin-refused" if known else "no-preflight"
    return outcome, f"{answer} {answer.headers}"


@pytest.mark.parametrize(("cors", "origin"), CASES.values(), ids=CASES)
@outcomes(**PREFLIGHTS)
async def test_header(share, observed, config, cors, origin):
    """A page asks to post a chat with the provider-data header."""
    name = (await share(dict(config))).gateway.header.lower()
    gateway = await gateway_with(share, config, cors(name) if callable(cors) else cors)
    observed(*await asked_by_page(gateway, origin))


@pytest.mark.for_server
@pytest.mark.without_auth
@outcomes(**PREFLIGHTS)
async def test_without_cors(gateway, observed):
    """A page on localhost asks the same of a gateway whose config has no `server.cors`."""
    observed(*await asked_by_page(gateway, LOCAL))


ALLOWING = {name: case for name, case in CASES.items() if name in {"true", "star", "written-out"}}


@pytest.mark.parametrize(("cors", "origin"), ALLOWING.values(), ids=ALLOWING)
@outcomes(
    readable="the answer lets the page read it",
    unreadable="the answer does not let the page read it",
)
async def test_answer(share, observed, config, cors, origin):
    """A page asks for the models, which needs no preflight."""
    name = (await share(dict(config))).gateway.header.lower()
    gateway = await gateway_with(share, config, cors(name) if callable(cors) else cors)
    answer = await gateway.request("GET", "/v1/models", headers={"origin": origin})
    if answer.status != 200:
        raise CouldNotObserveError(f"no models are listed: {answer}")
    allowed = answer.headers.get("access-control-allow-origin") in {origin, "*"}
    observed("readable" if allowed else "unreadable", answer.headers)

"""A client that names another minor version of itself than the server's is turned away."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack.configs import With

GOTCHA = Gotcha(
    slug="client-version",
    happens="a request whose `X-LlamaStack-Client-Version` differs from the server's in major or "
    "minor version gets a 426",
    why="the official client sends that header with every request, so an upgrade of the server "
    "rejects every client that was not upgraded with it",
    example="X-LlamaStack-Client-Version: 0.4.4",
    instead="use plain OpenAI clients, which send no such header, upgrade both together, or set "
    "`LLAMA_STACK_DISABLE_VERSION_CHECK` for the server",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"turned-away"}),
    decided_by=("core.server.server:ClientVersionMiddleware",),
)
pytestmark = pytest.mark.needs("remote::passthrough")


def other_minor(version):
    """Return the version after the next minor release."""
    major, minor, *_ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def other_patch(version):
    """Return a version of the same minor release."""
    return ".".join([*version.split(".")[:2], "99"])


CLIENTS = {
    "same": str,
    "other-patch": other_patch,
    "other-minor": other_minor,
    "unreadable": lambda _version: "latest",
}
SEEN = {
    "served": "the request is served",
    "turned-away": "the request is refused with 426, Upgrade Required",
    "refused": "the caller gets another 4xx",
    "server-error": "the caller gets a 500 or above",
}


def seen(answer):
    """Return the outcome for an answer."""
    return "turned-away" if answer.status == 426 else answer.trouble or "served"


@pytest.mark.for_config(any_provider=True)
@pytest.mark.for_server
@pytest.mark.without_auth
@pytest.mark.parametrize("made", CLIENTS.values(), ids=CLIENTS)
@outcomes(**SEEN)
async def test_client(gateway, observed, made):
    """`GET /v1/models` from a client of the same version, of others, and of none that is one."""
    version = (await gateway.request("GET", "/v1/version")).json()["version"]
    header = gateway.header.replace("Provider-Data", "Client-Version")
    answer = await gateway.request("GET", "/v1/models", headers={header: made(version)})
    observed(seen(answer), answer)


@outcomes(**SEEN)
async def test_with_the_variable(share, observed, config, facts):
    """The workaround: the server runs with the variable; a client of another minor version."""
    run = await share(With(config, {f"{facts.prefix}DISABLE_VERSION_CHECK": "1"}))
    version = (await run.gateway.request("GET", "/v1/version")).json()["version"]
    header = run.gateway.header.replace("Provider-Data", "Client-Version")
    answer = await run.gateway.request("GET", "/v1/models", headers={header: other_minor(version)})
    observed(seen(answer), answer)

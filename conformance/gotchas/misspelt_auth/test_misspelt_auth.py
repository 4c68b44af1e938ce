"""A gateway whose `server.auth` is misspelt serves everybody."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="misspelt-auth",
    happens="with `authentication` for `auth`, or `provider` for `provider_config`, the section "
    "is dropped and no token is required",
    why="a gateway that is meant to be closed is open, and nothing says so",
    example="server: {authentication: {provider_config: {...}}}",
    instead="send one request without a token after every change, and expect a 401",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    exposes=frozenset({Exposed.TEXT, Exposed.MONEY}),
    bites=frozenset({"open"}),
    decided_by=(
        "core.server.server:create_app",
        "core.datatypes:ServerConfig",
        "core.datatypes:AuthenticationConfig",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

# Nobody listens there; a request without a token is refused before the endpoint is asked.
PROVIDER = {"type": "custom", "endpoint": "http://127.0.0.1:9/validate"}
SECTIONS = {
    "spelt-right": {"auth": {"provider_config": PROVIDER}},
    "auth": {"authentication": {"provider_config": PROVIDER}},
    "provider-config": {"auth": {"provider": PROVIDER}},
}


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS)
@outcomes(
    open="a caller without a token gets the list of models",
    refused_401="a caller without a token gets a 401",
    refused="a caller without a token gets another 4xx",
    server_error="a caller without a token gets a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_no_token(boot, observed, config, section):
    """A request without a token to a gateway with an authentication section."""
    config["server"] |= section
    async with boot(config) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await run.gateway.models()
    observed("refused-401" if answer.status == 401 else answer.trouble or "open", answer)

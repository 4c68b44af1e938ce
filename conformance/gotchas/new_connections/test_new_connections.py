"""Every chat opens a connection of its own to the vendor, and nothing closes it."""

import gc

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="new-connections",
    happens="every request gets a new SDK client that is never closed; its connection stays open "
    "until Python garbage-collects it",
    why="each chat pays for a new TLS handshake, and under load open sockets pile up; what their "
    "late closing does is the gotcha `late-closing`",
    example="two chats with api.openai.com, two connections",
    instead="allow the server many open files; point `base_url` to a proxy beside it that keeps "
    "connections to the vendors open, which saves the handshakes and nothing else",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"one-each", "until-collected", "never-closed"}),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

CHATS = 3


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    one_for_all="all chats go over one connection",
    one_each="every chat opens a connection of its own",
    some_shared="some chats share a connection, others do not",
)
async def test_connections(loopback, observed, route):
    """Three plain chats, one after another, with one vendor and one key."""
    for _ in range(CHATS):
        await loopback.gateway.chat(route.model, data=loopback.data(route))
    asked, opened = len(loopback.received), loopback.connections
    if asked != CHATS:
        raise CouldNotObserveError(f"{asked} requests arrived for {CHATS} chats")
    outcome = {1: "one-for-all", CHATS: "one-each"}.get(opened, "some-shared")
    observed(outcome, f"{opened} connections for {asked} requests")


@outcomes(
    closed="no connection is open once the chats are answered",
    until_collected="connections are open until Python's garbage is collected",
    never_closed="connections are open even then",
)
async def test_closing(loopback, observed, route):
    """Three plain chats, all answered; then Python's garbage collector is called."""
    for _ in range(CHATS):
        await loopback.gateway.chat(route.model, data=loopback.data(route))
    left = await loopback.open_connections()
    gc.collect()
    later = await loopback.open_connections()
    outcome = "never-closed" if later else "until-collected"
    observed(outcome if left else "closed", f"{left} connections open, then {later}")

"""Connections to a vendor are closed by the garbage collector, in the thread that serves all."""

import itertools

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="late-closing",
    happens="chats leave connections to the vendor open; the garbage collector closes them in "
    "bunches, in the thread that serves everybody",
    why="a connection that is being made can be lost with them: its chat waits five seconds, until "
    "the SDK asks again; until they are closed they are open files",
    example="ss -tnp | grep <server's pid>",
    instead="start the server with `gc.disable()` (a `sitecustomize.py` on its `PYTHONPATH`): "
    "nothing is then closed behind a chat's back; restart it before its open files run out; or "
    "install `uvloop` beside the stack, with which no connection is lost",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset({"collected"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

CHATS = 30
RESULTS = {
    "closed": "each chat closes its connection",
    "collected": "connections stay open, and many of them are closed at once later",
    "pile_up": "connections stay open, and none of them is closed",
}


async def result(server, key):
    """Send chats one after the other; return what becomes of their connections."""
    counts = [server.open_connections]
    for number in range(CHATS):
        await server.send(server.data(key), user=f"caller {number}")
        counts.append(server.open_connections)
    evidence = f"open after each chat: {counts}"
    if max(counts) <= 1:
        return "closed", evidence
    fewer = any(after < before for before, after in itertools.pairwise(counts))
    return "collected" if fewer else "pile-up", evidence


@outcomes(**RESULTS)
async def test_as_it_is(serve, observed, stand_in_key):
    """Thirty chats, one after the other."""
    server = await serve(LOG_FORMAT="json")
    observed(*await result(server, stand_in_key))


@outcomes(**RESULTS)
async def test_without_collector(serve, observed, stand_in_key):
    """The same with `gc.disable()` in the server."""
    server = await serve(customize="import gc; gc.disable()", LOG_FORMAT="json")
    observed(*await result(server, stand_in_key))

"""Connections to a vendor are closed by the garbage collector, in the thread that serves all."""

import itertools

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="late-closing",
    happens="chats leave connections to the vendor open; the garbage collector closes them in "
    "bunches, in the thread that serves everybody",
    why="a chat whose new connection is opened just then loses it, and waits five seconds until "
    "the SDK asks again, also without any load; until they are closed, connections are open files",
    example="ss -tnp | grep <server's pid>",
    instead="start the server with `gc.disable()` (a `sitecustomize.py` on its `PYTHONPATH`): "
    "nothing is then closed behind a chat's back; restart it before its open files run out; or "
    "install `uvloop` beside the stack, with which no connection is lost",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset({"collected", "lost"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

CHATS = 30
# The moment is chosen, nothing else: by itself the collector meets it once in many chats.
AS_SOCKETS_ARE_MADE = """
import gc, sys

def collect(event, _arguments):
    if event == "socket.__new__":
        gc.collect()

sys.addaudithook(collect)
"""
RESULTS = {
    "closed": "each chat closes its connection",
    "collected": "connections stay open after their chats, and some of them are closed later",
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


@outcomes(
    made="its first connection serves the chat",
    lost="its first connection never comes about, and the SDK asks again over another one",
)
async def test_collected_meanwhile(serve, observed, stand_in_key):
    """Two chats over one connection; the collector runs whenever the server makes a socket."""
    server = await serve(customize=AS_SOCKETS_ARE_MADE, LOG_FORMAT="json")
    _, second = await server.over_one_connection(server.data(stand_in_key), ("first", "second"))
    retries = second.headers["x-stainless-retry-count"]
    observed("made" if retries == "0" else "lost", f"asked again {retries} times")

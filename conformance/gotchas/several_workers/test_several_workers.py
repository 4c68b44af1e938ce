"""`server.workers` above one: no start without a host, and slow starts that never end."""

import asyncio
import contextlib

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import offspring

GOTCHA = Gotcha(
    slug="several-workers",
    happens="`server.workers: 2` needs `server.host` before 0.7.0; a worker that starts slowly is "
    "killed and replaced",
    why="a worker has five seconds to begin; on a busy or small machine the import of the stack "
    "takes longer, and the server never serves or always starts, at full load",
    example="server: {workers: 2}",
    instead="set `server.host`, too; where starting takes long, leave `workers` out and start "
    "several servers behind a load balancer, on one store or on several (`shared-store`)",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"type-error", "replaced", "fewer", "not-answered"}),
    decided_by=("cli.stack.run:StackRun._uvicorn_run", "cli.stack.run:_uvicorn_run"),
)
pytestmark = pytest.mark.needs("process")

WORKERS = 2
# Every worker takes its time before it has imported anything, as on a slow machine.
SLOW = f"""
import sys, time
if {offspring.WORKER.decode()!r} in sys.orig_argv:
    time.sleep(8)
"""
LIMIT_S, REPLACED_S, SAMPLE_S = 60, 10, 0.05
IN_USE = "address already in use"


@outcomes(
    type_error="it ends with a TypeError",
    asks_for_its_port="it asks for its port, which is taken",
)
async def test_without_host(ending, observed):
    """Two workers and no `server.host`, on a port that is taken."""
    end = await ending(server={"workers": WORKERS, "host": None})
    if IN_USE in end.console.lower():
        observed("asks-for-its-port", f"exit status {end.status}")
    elif "TypeError" in end.console:
        observed("type-error", end.console.strip().splitlines()[-1])
    else:
        raise CouldNotObserveError(f"exit status {end.status}: {end.console[-300:]}")


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(
    served="the chat is answered, and both workers run",
    fewer="the chat is answered, but not so many workers run",
    not_answered="the chat is not answered with 200",
)
async def test_with_host(own_server, observed, stand_in_key):
    """Two workers and `server.host`; a chat. A worker that was killed as too slow is replaced."""
    async with own_server(server={"workers": WORKERS}) as server:
        status = await server.send(server.data(stand_in_key))
        running = await workers_of(server.process.process.pid)
    outcome = "served" if running == WORKERS else "fewer"
    observed(outcome if status == 200 else "not-answered", f"status {status}, {running} workers")


async def workers_of(pid):
    """Return how many workers a server has, once there are as many as its config says.

    Raises `CouldNotObserveError` if this machine is too slow for them: others replace them.
    """
    running: set[int] = set()
    seen: set[int] = set()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(REPLACED_S):
            while len(running) != WORKERS:
                await asyncio.sleep(SAMPLE_S)
                running = offspring.workers(pid)
                seen |= running
    if len(running) != WORKERS and len(seen) > len(running):
        raise CouldNotObserveError(f"{len(seen)} workers began, {len(running)} were left")
    return len(running)


@outcomes(
    replaced="one of them is killed before it serves, and another one begins as slowly",
    waited_for="the server serves, with the workers that it began with",
)
async def test_slow_start(launched, observed):
    """Two workers, each of which does nothing for eight seconds before it imports the stack."""
    seen = set()
    async with launched(SLOW, server={"workers": WORKERS}) as server, asyncio.timeout(LIMIT_S):
        while server.process.poll() is None:
            seen |= offspring.workers(server.process.pid)
            if len(seen) > WORKERS:
                observed("replaced", f"{len(seen)} workers were started")
                return
            if await server.listens():
                observed("waited-for", f"{len(seen)} workers were started")
                return
            await asyncio.sleep(SAMPLE_S)
    raise CouldNotObserveError(f"the server ended: {server.console[-300:]}")

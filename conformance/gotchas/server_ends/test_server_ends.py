"""A server that could not start ends with success; one that is told to end waits for vendors."""

import asyncio
import contextlib
import signal
import threading

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="server-ends",
    happens="a failed start may end with exit status 0; SIGTERM waits for silent vendors, or cuts "
    "running streams",
    why="a service manager takes a failed start for a wanted end and does not try again; a "
    "restart hangs, its port closed to all callers, as long as one vendor says nothing; the "
    "second Ctrl+C that the console offers changes nothing",
    example="llama stack run run.yaml; echo $?",
    instead="restart it whatever its exit status (systemd: `Restart=always`), and give the stop a "
    "limit after which it is killed (`TimeoutStopSec=`)",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"success", "stays", "waits", "cut"}),
    decided_by=("cli.stack.run:StackRun._uvicorn_run", "cli.stack.run:_uvicorn_run"),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

LIMIT_S = 60
STATUSES = {
    "success": "it ends with exit status 0",
    "failure": "it ends with another exit status",
    "stays": "it neither listens nor ends",
}


def ending_of(end):
    """Return the outcome and the evidence for a command that could not start a server."""
    outcome = "stays" if end.status is None else "failure" if end.status else "success"
    return outcome, f"exit status {end.status}"


@outcomes(**STATUSES)
async def test_port_in_use(ending, observed):
    """A port on which another process listens."""
    end = await ending()
    observed(*ending_of(end))


@outcomes(**STATUSES)
async def test_failed_start(ending, observed):
    """A config that registers a model of a provider that does not exist."""
    end = await ending(registered_resources={"models": [configs.model("nobody", "gpt-4o")]})
    observed(*ending_of(end))


@contextlib.asynccontextmanager
async def streaming(server, key):
    """Begin a stream whose vendor is silent after the first frame; SIGTERM the server.

    Yields when the server has closed its port: the rest of the stream, and what lets the vendor
    speak.
    """
    hold = threading.Event()
    server.hold_next(hold)
    try:
        async with server.lines(server.data(key)) as lines:
            await anext(lines)
            server.process.process.send_signal(signal.SIGTERM)
            await server.process.deaf()
            yield lines, hold
    finally:
        hold.set()


@pytest.mark.needs("chat")
@outcomes(
    finished="the caller receives all of it, and then the server ends",
    cut="the caller does not receive all of it",
)
async def test_stream_at_sigterm(own_server, observed, stand_in_key):
    """SIGTERM while a stream runs, whose vendor goes on then."""
    async with own_server() as server:
        async with streaming(server, stand_in_key) as (lines, hold):
            hold.set()
            rest = [line async for line in lines]
        status = await asyncio.to_thread(server.process.process.wait, LIMIT_S)
    finished = any('"finish_reason":"stop"' in line.replace(" ", "") for line in rest)
    observed("finished" if finished else "cut", f"{rest[-2:]}, exit status {status}")


@pytest.mark.needs("chat")
@outcomes(
    waits="it closes its port and waits for the vendor, after SIGINT too",
    ends_at_sigint="it closes its port and waits for the vendor until it gets SIGINT as well",
    ends="it ends, and the stream with it",
)
async def test_silent_vendor(own_server, observed, stand_in_key):
    """SIGTERM, and then SIGINT, while a stream runs, whose vendor is silent."""
    async with own_server() as server, streaming(server, stand_in_key):
        process = server.process.process
        await server.process.settled()
        if process.poll() is not None:
            observed("ends", f"exit status {process.poll()}")
            return
        process.send_signal(signal.SIGINT)
        await server.process.settled()
        status = process.poll()
        observed("waits" if status is None else "ends-at-sigint", f"exit status {status}")

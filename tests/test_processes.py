"""Checks that start a server: when they take part, and what a server is and leaves."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from conformance.core.model import CouldNotObserveError
from conformance.run import catalogue
from conformance.stack import ports, server_process
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.stack.server_process import ServerProcess

PATIENCE_S, PAUSE_S = 60, 0.05
pytestmark = pytest.mark.integration  # runs that are broken off while a server runs

FILES = ("conformance/gotchas/errors_freeze", "conformance/gotchas/model_ids")
LISTENING = """
import http.server, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("said", flush=True)
address = ("127.0.0.1", int(sys.argv[1]))
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""
# It begins another worker when it is told to end, and goes on.
REPLACING = """
import signal, subprocess, sys, time
def replace(*_):
    print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
signal.signal(signal.SIGTERM, replace)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    """A run with the marker of all checks."""
    return runs.pytest_run(tmp_path_factory.mktemp("usual"), "-m", "conformance", *FILES)


def test_a_usual_run_starts_no_server(usual: runs.Run) -> None:
    """`-m conformance` leaves out what needs a process, and nothing else."""
    assert usual.report is not None
    assert {"model-ids"} == {row["gotcha"] for row in usual.report["checks"]}


def test_the_summary_says_what_was_left_out(usual: runs.Run) -> None:
    """The summary has the number of checks that start a server, and how to ask for them."""
    said = " ".join(usual.output.split())
    files = {file for file in catalogue.files() if str(file.parent.relative_to(runs.ROOT)) in FILES}
    number = sum("process" in check.needs for check in catalogue.declared(files))

    assert f"{number} checks that start a server were left out" in said
    assert '-m "conformance or process"' in said
    assert "did not run" not in said


async def served(home: Path, code: str = LISTENING) -> tuple[ServerProcess, list[int]]:
    """Start a server that is none of the stack; return it and the processes that it started."""
    with ports.reserved() as port:
        line = [sys.executable, "-c", code, str(port)]
        async with server_process.started(line, home, port, home.parent / "log", {}) as server:
            family = [each.pid for each in psutil.Process(server.process.pid).children()]
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await server.settled()
            kept = server.connections_to(port)
            writer.close()
            assert kept == 0, "a connection that comes in is not one that goes out"
            assert server.processor_s > 0
    return server, family


def is_running(pid: int) -> bool:
    """Return whether a process is at work; one that has ended may still be listed."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home below a directory of its own."""
    made = tmp_path / "home"
    made.mkdir()
    return made


def test_a_server_is_ended_with_all_it_has_started(home: Path) -> None:
    """After the block neither the server nor a process of its is there; its console stays."""
    server, family = asyncio.run(served(home))

    assert family
    assert server.process.returncode is not None
    assert not [pid for pid in family if is_running(pid)]
    assert server.console == "said\n"
    assert server.log == ""


async def told_to_end(home: Path) -> ServerProcess:
    """Start a server that will not end, and leave it once it is ready for that."""
    line = [sys.executable, "-c", REPLACING]
    async with server_process.starting(line, home, 0, home.parent / "log", {}) as server:
        while "ready" not in server.console:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)
    return server


@pytest.mark.parametrize("more", [(), ("-n", "1")], ids=["one process", "two"])
def test_a_run_that_is_told_to_end_leaves_no_server(tmp_path: Path, more: tuple[str, ...]) -> None:
    """SIGTERM while a server runs: the run ends as it does at an interrupt, and the server too."""
    checks = "conformance/gotchas/server_environment"
    words = [sys.executable, "-m", "pytest", "-q", "-m", "conformance and process", *more]
    with (tmp_path / "log").open("wb") as log:
        run = psutil.Popen([*words, checks], cwd=runs.ROOT, stdout=log, stderr=log)
    try:
        servers = started_by(run)
        run.send_signal(signal.SIGTERM)
        status = run.wait(PATIENCE_S)
        _, left = psutil.wait_procs(servers, timeout=PATIENCE_S)
    finally:
        for process in [*servers, *([run] if run.is_running() else [])]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    assert pytest.ExitCode.INTERRUPTED == status
    assert not left


def started_by(run: psutil.Popen) -> list[psutil.Process]:
    """Return the servers that a run has started, once there is one."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for process in run.children(recursive=True):
            with suppress(psutil.Error):
                if "run" in process.cmdline() and "stack" in process.cmdline():
                    return [process]
        time.sleep(PAUSE_S)
    raise AssertionError("no server was started")


def test_a_worker_that_begins_at_the_end_is_ended_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that goes on is killed with what it has begun since it was told to end."""
    monkeypatch.setattr(server_process, "GRACE_S", 1.0)
    server = asyncio.run(told_to_end(home))

    _ready, *begun = server.console.split()
    assert begun
    assert not [pid for pid in begun if is_running(int(pid))]


def test_a_reserved_port_is_for_the_server_that_is_told_it() -> None:
    """Until it listens nobody does, nobody else is given the port, and then it can."""
    with ports.reserved() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with (
            socket.create_server(("127.0.0.1", port)),
            socket.create_connection(("127.0.0.1", port)) as found,
        ):
            assert found.getpeername() == ("127.0.0.1", port)


def test_a_server_that_does_not_start_is_no_observation(home: Path) -> None:
    """A server that ends is an error, with the end of what it has said."""
    with pytest.raises(CouldNotObserveError, match=r"ended: 3: no config"):
        asyncio.run(served(home, "print('no config', flush=True); raise SystemExit(3)"))


def test_a_server_has_nothing_of_the_checking_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a key nor a setting of Python, of pytest or of the stack is handed on."""
    for name in ("OPENAI_API_KEY", "PYTHONPATH", "PYTEST_ADDOPTS", "LLAMA_STACK_LOGGING"):
        monkeypatch.setenv(name, "x")
    found = server_process.surroundings(home)

    assert found["HOME"] == str(home)
    assert "x" not in found.values()

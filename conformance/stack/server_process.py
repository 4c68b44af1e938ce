"""Runs the release's own server command as a process of its own, and reads /proc about it.

Nothing of this suite is inside: the stack has its own logging, environment, garbage collector and
connections. A mutation alone starts it through `conformance.stack.mutated_server`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import sysconfig
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.model import CouldNotObserveError
from conformance.stack import mutated_server, offspring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

# What a service manager gives a process. Settings of the stack and its SDKs come from the check.
KEPT = ("PATH", "LANG", "LC_", "TZ")
START_LIMIT_S = 60.0  # a start takes five seconds on an idle core
IDLE_LIMIT_S = 90.0  # a traceback takes nine seconds on an idle core
GRACE_S = 5.0
SAMPLE_S = 0.02
STAYS = 10  # times in a row without work: a server that starts works
IDLE_SAMPLES = 15  # in a row: a server that waits for a vendor on this machine waits for less
AT_WORK = ("R", "D")  # runs or could run; waits for a disk: proc_pid_stat(5)
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class ServerProcess:
    """A running server: its process, where it listens, and the files it writes."""

    process: subprocess.Popen[bytes]
    port: int
    console_file: Path
    log_file: Path

    @property
    def processor_s(self) -> float:
        """Processor time that the server has used, in seconds.

        Raises `CouldNotObserveError` if it has ended, or the system has no /proc.
        """
        try:
            text = (PROC / str(self.process.pid) / "stat").read_text()
        except OSError as error:
            raise CouldNotObserveError(f"the server's processor time: {error}") from error
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def console(self) -> str:
        """All that the server has printed, standard output and standard error."""
        return _text(self.console_file)

    @property
    def log(self) -> str:
        """All that the server has written to its log file."""
        return _text(self.log_file)

    def connections_to(self, port: int) -> int:
        """Return how many connections of the server to a port of this machine are not closed."""
        rows = (PROC / str(self.process.pid) / "net" / "tcp").read_text().splitlines()[1:]
        own = {_target(link) for link in (PROC / str(self.process.pid) / "fd").iterdir()}
        found = [row.split() for row in rows]
        return sum(
            int(row[2].rpartition(":")[2], 16) == port and f"socket:[{row[9]}]" in own
            for row in found
        )

    @property
    def works(self) -> bool:
        """Whether a thread of the server runs, or would if a processor were free.

        Processor time does not tell on a busy machine: who waits for a processor uses none.
        """
        states = (
            offspring.state(file) for file in (PROC / str(self.process.pid) / "task").iterdir()
        )
        return any(state in AT_WORK for state in states)

    async def listens(self) -> bool:
        """Return whether the server takes a connection."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def deaf(self) -> None:
        """Wait until the server takes no new connection.

        Raises `CouldNotObserveError` if it still does after `START_LIMIT_S`.
        """
        for _ in range(int(START_LIMIT_S / SAMPLE_S)):
            if not await self.listens():
                return
            await asyncio.sleep(SAMPLE_S)
        raise CouldNotObserveError(f"the server still listens after {START_LIMIT_S:g} s")

    async def settled(self) -> None:
        """Wait until the server has nothing to do. Raises `CouldNotObserveError` if it never is."""
        quiet = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_LIMIT_S):
                while quiet < IDLE_SAMPLES:
                    await asyncio.sleep(SAMPLE_S)
                    quiet = 0 if self.works else quiet + 1
                return
        raise CouldNotObserveError(f"the server is still at work after {IDLE_LIMIT_S:g} s")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command has ended: its exit status, None if it has not; what is on its console.

    Below zero a status is the number of the signal that ended it.
    """

    status: int | None
    console: str


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed since it was listed
        return ""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def command(script: str, *arguments: str) -> list[str]:
    """Return a command line of the installed release; under a mutation, of a changed one.

    Raises `CouldNotObserveError` if the script is not installed beside this interpreter.
    """
    if mutated_server.CHANGE:
        change = mutated_server.CHANGE
        return [sys.executable, "-m", mutated_server.__name__, change, script, *arguments]
    file = Path(sysconfig.get_path("scripts")) / script
    if not file.exists():
        raise CouldNotObserveError(f"{file} is missing; install the release with its scripts")
    return [str(file), *arguments]


@asynccontextmanager
async def started(
    line: Sequence[str], home: Path, port: int, log_file: Path, variables: Mapping[str, str]
) -> AsyncIterator[ServerProcess]:
    """Start a server in its own home; wait until it listens, and end it after the block.

    `variables` are its environment beside what every service has. Raises `CouldNotObserveError`
    with the end of its console if it ends or does not listen within `START_LIMIT_S`.
    """
    async with starting(line, home, port, log_file, variables) as server:
        await _listening(server)
        yield server


@asynccontextmanager
async def starting(
    line: Sequence[str], home: Path, port: int, log_file: Path, variables: Mapping[str, str]
) -> AsyncIterator[ServerProcess]:
    """Start a server as `started` does, and wait for nothing."""
    server = ServerProcess(_run(line, home, variables), port, _console(home), log_file)
    try:
        yield server
    finally:
        await asyncio.to_thread(_end, server.process)


async def ended(line: Sequence[str], home: Path, variables: Mapping[str, str]) -> Ended:
    """Run a command that ends by itself, or has nothing more to do; return how it ended.

    Raises `CouldNotObserveError` with the end of its console if it works on for `IDLE_LIMIT_S`.
    """
    server = ServerProcess(_run(line, home, variables), 0, _console(home), home.parent / "log")
    try:
        for _ in range(STAYS):
            await server.settled()
        return Ended(server.process.poll(), server.console)
    finally:
        await asyncio.to_thread(_end, server.process)


def _run(line: Sequence[str], home: Path, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with _console(home).open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            line,
            cwd=home,
            env=surroundings(home) | dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _console(home: Path) -> Path:
    return home.parent / "console"


def surroundings(home: Path) -> dict[str, str]:
    """Return the environment that every server has: a path, a language and its own home."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return kept | {"HOME": str(home), "TMPDIR": str(home.parent)}


async def _listening(server: ServerProcess) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(START_LIMIT_S):
            while server.process.poll() is None:
                if await server.listens():
                    return
                await asyncio.sleep(SAMPLE_S)
    status = server.process.poll()
    how = f"does not listen within {START_LIMIT_S:g} s" if status is None else f"ended: {status}"
    raise CouldNotObserveError(f"the server {how}: {server.console[-300:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    family = {*offspring.of(process.pid)}
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)  # it starts no other worker while they are listed
        family |= {*offspring.of(process.pid)}
        process.kill()
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    offspring.awaited(family, GRACE_S)

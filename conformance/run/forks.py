"""Divides a run between this process and forks of it, so that it uses more than one core.

The stack is imported, booted and asked once before the first fork: what that brings into memory is
shared by all processes. Reports go to this process, which alone prints and writes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.run import batches
from conformance.run.batches import Queue
from conformance.run.session import JUDGE
from conformance.stack import configs, databases
from conformance.stack.sandbox import closed_network, process_home, surroundings
from conformance.stack.timeouts import uninterrupted
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from conformance.run.session import Session

USUAL = 4  # processes, if there are so many cores
WORTH_IT = 40  # checks; fewer are done before a fork has paid for its memory
PATIENCE_S = 2.0  # that threads of the first boot have to end in

# What pytest does only if everything happens in the process that prints.
APART = ("collectonly", "log_cli_level", "log_file", "maxfail", "setupshow", "trace", "usepdb")
OPEN_OUTPUT = {"no", "tee-sys"}


def possible(config: pytest.Config, session: Session) -> int:
    """Return in how many processes this run is to be made; 0 leaves it to pytest.

    Raises `pytest.UsageError` if fewer than one are asked for.
    """
    asked: int | None = config.getoption("--processes")
    if asked is not None and asked < 1:
        raise pytest.UsageError(f"--processes {asked}: give 1 or more")
    distributed = config.getoption("numprocesses", None) or hasattr(config, "workerinput")
    apart = any(config.getoption(name, None) for name in APART) or _logs(config)
    printing = config.getoption("capture", "fd") in OPEN_OUTPUT
    measured = sys.gettrace() is not None or "coverage" in sys.modules
    linux = sys.platform == "linux"  # elsewhere a fork may break what the system's libraries keep
    if not linux or session.mode != "none" or distributed or apart or printing or measured:
        return 0
    return asked or min(USUAL, len(os.sched_getaffinity(0)))


def _logs(config: pytest.Config) -> bool:
    settings = ("log_cli", "log_file") if config.pluginmanager.has_plugin("logging") else ()
    return any(config.getini(name) for name in settings)


class Forks:
    """The part of the plug-in that runs the checks in up to `count` processes."""

    def __init__(self, own: Session, count: int) -> None:
        """Work for the run that a session describes."""
        self.own = own
        self.count = count
        self.pipes: list[Connection] = []
        self.items: dict[str, pytest.Item] = {}
        self.reported: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all checks, or leave it to pytest if they are few, or the stack is not to be had."""
        items = session.items
        if session.testsfailed or len(items) < WORTH_IT or any(JUDGE not in i.stash for i in items):
            return None
        if not self._is_warm() or _threads():
            return None
        self.items = {item.nodeid: item for item in items}
        with self._forked(session, Queue(batches.together(items))) as queue:
            for item in queue.run():
                self.reported.add(item.nodeid)
                self._report()
            self._report(to_the_end=True)
        lost = [item for nodeid, item in self.items.items() if nodeid not in self.reported]
        for _item in batches.run(lost):  # with a fork that has died
            pass
        return True

    def _is_warm(self) -> bool:
        """Import, boot and ask the stack as a check would; return whether that could be done."""
        if self.own.release is None:
            return False
        with suppress(CouldNotObserveError), warnings.catch_warnings(), closed_network():
            warnings.simplefilter("ignore")
            with surroundings(process_home(), process_home()):
                asyncio.run(_ask(self.own, releases.facts(self.own.release)))
                return True
        return False

    @contextmanager
    def _forked(self, session: pytest.Session, queue: Queue) -> Iterator[Queue]:
        """Fork; at the end of the block end the forks that have not ended by themselves."""
        children: list[int] = []
        gc.freeze()  # a search for garbage would write to all that is shared
        try:
            # Raised in what Python does around a fork, an interrupt is lost, and logging is locked.
            with uninterrupted():
                self._fork(session, queue, children)
            yield queue
        finally:
            queue.close()
            for child in children:
                os.kill(child, signal.SIGTERM)
                os.waitpid(child, 0)

    def _fork(self, session: pytest.Session, queue: Queue, children: list[int]) -> None:
        for _ in range(self.count - 1):
            here, there = Pipe(duplex=False)
            try:
                child = os.fork()
            except OSError:  # no more processes are to be had: fewer do
                break
            if child == 0:
                for pipe in (here, *self.pipes):
                    pipe.close()
                _serve(self.own, session.config, queue, there)
            there.close()
            children.append(child)
            self.pipes.append(here)

    def _report(self, *, to_the_end: bool = False) -> None:
        """Pass on what the forks have sent by now, or all that they will ever send."""
        for pipe in [*self.pipes]:
            while (sent := _received(pipe, wait=to_the_end)) is not None:
                self._pass_on(*sent)
            if pipe.closed:
                self.pipes.remove(pipe)

    def _pass_on(self, nodeid: str, reports: list[dict[str, Any]]) -> None:
        self.reported.add(nodeid)
        item = self.items[nodeid]
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=nodeid, location=item.location)
        for data in reports:
            made = hook.pytest_report_from_serializable(config=item.config, data=data)
            hook.pytest_runtest_logreport(report=made)
        hook.pytest_runtest_logfinish(nodeid=nodeid, location=item.location)
        batches.go_on(item.session)


def _received(pipe: Connection, *, wait: bool) -> Any:
    """Return what a fork has sent, or None if it has not; close the pipe if it never will."""
    try:
        return pipe.recv() if wait or pipe.poll() else None
    except (EOFError, OSError):
        pipe.close()
        return None


async def _ask(own: Session, facts: releases.Facts) -> None:
    from conformance.cassettes import replay  # noqa: PLC0415 - keep their needs out of other runs
    from conformance.cassettes.library import Library  # noqa: PLC0415 - likewise
    from conformance.stack import booting  # noqa: PLC0415 - keep their needs out of other runs
    from conformance.stack.client import Gateway  # noqa: PLC0415 - likewise

    home = own.directory("home")
    cwd = home.parent / "work"
    cwd.mkdir()
    library = Library(own.cassettes)
    vendor = UPSTREAMS["openai"]
    data = {"passthrough_url": vendor.origin, "passthrough_api_key": own.keys[vendor.name]}
    config = configs.fitted(own.config, facts)
    async with booting.boot(config, facts, home, cwd) as run:
        if run.failure is None:
            gateway = Gateway(facts.header, app=run.app, around=run.state.active)
            with replay.play(library, "chat"):
                async with gateway:
                    await gateway.chat("openai/gpt-4o", data=data)


def _threads() -> list[threading.Thread]:
    """Return the threads that do not end; a fork would be without them, and with their locks."""
    databases.end()
    until = time.monotonic() + PATIENCE_S
    others = [thread for thread in threading.enumerate() if thread != threading.main_thread()]
    for thread in others:
        thread.join(max(0, until - time.monotonic()))
    return [thread for thread in others if thread.is_alive()]


class _Sender:
    """Runs each check of a fork, and sends the reports instead of letting them be printed."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        made = runtestprotocol(item, log=False, nextitem=nextitem)
        plain = item.config.hook.pytest_report_to_serializable
        self.pipe.send((item.nodeid, [plain(config=item.config, report=each) for each in made]))
        return True


def _serve(own: Session, config: pytest.Config, queue: Queue, pipe: Connection) -> None:
    """Be the fork: run batches until none is left. What it does not report, its parent runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    try:
        _capture_apart(config)
        own.workplace = Path(tempfile.mkdtemp(prefix="fork-", dir=own.workplace))
        config.pluginmanager.register(_Sender(pipe))
        for _item in queue.run():
            pass
    finally:
        os._exit(0)  # nothing of the parent's is this process's to finish


def _capture_apart(config: pytest.Config) -> None:
    """Let pytest capture into files of this process; those it has, it shares with its parent."""
    manager = config.pluginmanager.getplugin("capturemanager")
    if manager is not None and manager.is_globally_capturing():
        manager.stop_global_capturing()
        manager.start_global_capturing()
        manager.suspend_global_capture()

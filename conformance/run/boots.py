"""Boots stacks for checks: for one check, for all checks of a file, or for a whole run.

Boots are what a run spends its time on. A check uses `gateway` where requests to its subject are
enough, `share` for another config or a restart, else `boot`.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.model import CouldNotObserveError
from conformance.run import refusals
from conformance.run import subject as subjects
from conformance.stack import configs
from conformance.stack.configs import Restart, With

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from conformance.cassettes.matching import Sent
    from conformance.cassettes.replay import Tape
    from conformance.core.releases import Facts
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.booting import Stack
    from conformance.stack.client import Answer, Gateway
    from conformance.stack.configs import Config, Start

JOURNALS = "*.db-*"
EMPTY = "input_value=None"  # what an empty variable leaves, in the words of pydantic


@dataclass(slots=True)
class Booted:
    """A boot as a check sees it: it came up, or it has a `failure`.

    `sent_at_boot` are the requests that left for vendors while it came up, `answers_at_boot` what
    they answered; `home` is its home;
    `before` are the models that the first start listed, if this one is a restart.
    """

    stack: Stack
    _gateway: Gateway
    sent_at_boot: list[Sent] = field(default_factory=list)
    answers_at_boot: list[Answer] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)

    @property
    def failure(self) -> Any:
        """Why the stack refused to boot, or None."""
        return self.stack.failure

    @property
    def refusal(self) -> str:
        """What the release says, and the gotcha that it shows; "" if it booted."""
        if self.failure is None:
            return ""
        gotcha = refusals.read(str(self.failure)).gotcha
        return f"{self.failure}" + (f" (see the gotcha `{gotcha}`)" if gotcha else "")

    @property
    def log(self) -> list[str]:
        """What the stack has logged so far."""
        return self.stack.log

    @property
    def home(self) -> Path:
        """The home directory the stack was booted in."""
        return self.stack.home

    async def stored_chats(self) -> Answer | None:
        """Ask for the stored chats; None if the stack did not boot.

        From 0.7.0 on the SQL store is opened when it is first used, and this uses it.
        """
        if self.failure is not None:
            return None
        return await self._gateway.request("GET", "/v1/chat/completions")

    @property
    def gateway(self) -> Gateway:
        """The gateway's client. Raises `CouldNotObserveError` if the stack did not boot."""
        if self.failure is not None:
            raise CouldNotObserveError(f"the stack did not boot: {self.failure}")
        return self._gateway


class Boots:
    """All boots of a run, and what is kept of them.

    `vendors` maps the origin of each vendor to where it is asked.
    """

    def __init__(self, session: Session, facts: Facts, vendors: Mapping[str, str]) -> None:
        """Boot for the run of a session, on a release with these facts."""
        self.session = session
        self.facts = facts
        self.vendors = vendors
        self.kept = AsyncExitStack()
        self._gateways: dict[str, Booted] = {}
        self._seeds: dict[str, tuple[Path, list[str]]] = {}
        self._control: list[Any] = []

    @asynccontextmanager
    async def fresh(
        self,
        config: Config,
        home: Path,
        own: Subject | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Booted]:
        """Boot a config in a home, with more variables; the working directory is beside that home.

        The user's `own` config is booted from its file, unless the check has changed it.
        """
        from conformance.stack import booting  # noqa: PLC0415 - keeps the stack's needs out
        from conformance.stack.client import Gateway  # noqa: PLC0415 - likewise

        cwd = home.parent / "work"
        cwd.mkdir(exist_ok=True)
        source: Config | Path = asking(config, self.vendors)
        if own is not None:
            variables = {**own.variables, **(variables or {})}
            source = as_it_is(own, config, home, cwd)
        async with (
            booting.boot(source, self.facts, home, cwd, variables) as run,
            Gateway(self.facts.header, app=run.app, around=run.state.active) as client,
        ):
            yield Booted(run, client)

    @asynccontextmanager
    async def start(
        self, start: Start, home: Path, tape: Tape, own: Subject | None = None
    ) -> AsyncIterator[Booted]:
        """Boot a config in a home, with more variables, or restart with it there.

        Raises `CouldNotObserveError` if it is refused and not even an empty gateway boots.
        """
        before: list[str] = []
        variables: Mapping[str, str] = {}
        if isinstance(start, With):
            start, variables = start
        if isinstance(start, Restart):
            before = await self._first_start(start, home, tape)
            start = start.later
        sent, answers, before_it = len(tape.sent), len(tape.answers), tape.troubles()
        async with self.fresh(start, home, own, variables) as run:
            run.sent_at_boot, run.answers_at_boot = tape.sent[sent:], tape.answers[answers:]
            run.unanswered = [each for each in tape.troubles() if each not in before_it]
            run.before = before
            if run.failure is not None:
                await self.control()
                _blame_the_machine(run, own)
            yield run

    async def gateway(self, subject: Subject) -> Booted:
        """Return the subject's own gateway, booted once for all checks that only send requests."""
        if subject.name not in self._gateways:
            own = subject if subject.is_own else None
            run = self.fresh(subject.config, self.session.directory("home"), own)
            self._gateways[subject.name] = await self.kept.enter_async_context(run)
        return self._gateways[subject.name]

    async def control(self) -> None:
        """Make sure that a config without any provider boots, else nothing could be concluded.

        Raises `CouldNotObserveError` if not even that boots: a refusal then says nothing about
        what a check has put into its config.
        """
        if not self._control:
            bare = configs.inference(subjects.of_release(self.facts, {}).config, [])
            async with self.fresh(bare, self.session.directory("home")) as run:
                self._control.append(run.failure)
        if self._control[0] is not None:
            raise CouldNotObserveError(f"not even an empty gateway boots: {self._control[0]}")

    async def _first_start(self, restart: Restart, home: Path, tape: Tape) -> list[str]:
        """Fill a home as the first of two starts would, but for the files that are lost.

        Returns the models which that start listed. It happens once for all with the same config
        and scenario. Raises `CouldNotObserveError` if it fails.
        """
        name = repr([tape.path, restart.first])
        if name not in self._seeds:
            left = self.session.directory("home")
            async with self.fresh(restart.first, left) as run:
                self._seeds[name] = left, await run.gateway.model_ids()
        left, listed = self._seeds[name]
        without = shutil.ignore_patterns(JOURNALS, restart.lost)
        shutil.copytree(left, home, ignore=without, copy_function=_copied, dirs_exist_ok=True)
        return listed


def _blame_the_machine(run: Booted, own: Subject | None) -> None:
    """Raise `CouldNotObserveError` if the user's config is refused for what this machine lacks."""
    refusal = refusals.read(str(run.failure))
    if own is not None and own.unset:
        raise CouldNotObserveError(f"set these variables, which it names: {', '.join(own.unset)}")
    if own is not None and refusal.lacked:
        raise CouldNotObserveError(f"{refusal.lacked} ({run.failure})")
    if own is not None and own.empty and EMPTY in str(run.failure):
        raise CouldNotObserveError(f"empty here: {', '.join(own.empty)} ({run.failure})")


def as_it_is(own: Subject, config: Config, home: Path, cwd: Path) -> Config | Path:
    """Return the user's file, its stores moved below the home; or another config made of it.

    The directories of the stores are there: what a machine has is no fault of a config.
    """
    for directory in own.directories(home, cwd):
        directory.mkdir(parents=True, exist_ok=True)
    if config != own.config or own.file is None:
        return own.moved(config, home)
    text = own.text(home)
    if text is None:
        return own.file
    moved = home.parent / own.file.name
    moved.write_text(text, encoding="utf-8")
    return moved


def asking(config: Config, vendors: Mapping[str, str]) -> Config:
    """Return the config with every vendor's origin replaced by where that vendor is asked."""
    return {name: _asking(value, vendors) for name, value in config.items()}


def _asking(value: Any, vendors: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _asking(child, vendors) for name, child in value.items()}
    if isinstance(value, list):
        return [_asking(child, vendors) for child in value]
    if isinstance(value, str):
        for origin, here in vendors.items():
            value = value.replace(origin, here)
    return value


def _copied(source: str, target: str) -> None:
    """Copy a file; a database through SQLite, which may be folding in its journal just now."""
    if Path(source).suffix != ".db":
        shutil.copy2(source, target)
        return
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)

"""The fixtures that boot: anew for one check, shared by a file's checks, or shared by all.

Boots are what a run spends its time on. A check uses `gateway` where requests to the config under
test are enough, `share` for another config or a restart, else `boot`.
"""

from __future__ import annotations

import gc
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from conformance.core.model import CouldNotObserveError
from conformance.stack import configs
from conformance.stack.configs import Restart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from conformance.cassettes.replay import Sent, Tape
    from conformance.core.releases import Facts
    from conformance.run.session import Session
    from conformance.stack.booting import Stack
    from conformance.stack.client import Answer, Gateway
    from conformance.stack.configs import Config


@dataclass(slots=True)
class Booted:
    """A boot as a check sees it: it came up, or it has a `failure`.

    `sent_at_boot` are the requests that left for vendors while it came up; `home` is its home;
    `before` are the models that the first start listed, if this one is a restart.
    """

    stack: Stack
    _gateway: Gateway
    sent_at_boot: list[Sent] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)

    @property
    def failure(self) -> Any:
        """Why the stack refused to boot, or None."""
        return self.stack.failure

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


@pytest.fixture(scope="session")
def fresh_boot(
    facts: Facts, vendors: dict[str, str]
) -> Callable[[Config, Path], AbstractAsyncContextManager[Booted]]:
    """Boots a config in a home; the working directory is beside that home."""

    @asynccontextmanager
    async def booted(config: Config, home: Path) -> AsyncIterator[Booted]:
        from conformance.stack import booting  # noqa: PLC0415 - keeps the stack's needs out of other runs
        from conformance.stack.client import Gateway  # noqa: PLC0415 - likewise

        cwd = home.parent / "work"
        cwd.mkdir(exist_ok=True)
        async with (
            booting.boot(asking(config, vendors), facts, home, cwd) as run,
            Gateway(facts.header, app=run.app, around=run.state.active) as client,
        ):
            yield Booted(run, client)

    return booted


def asking(config: Config, vendors: dict[str, str]) -> Config:
    """Return the config with every vendor's origin replaced by where that vendor is asked."""
    return {name: _asking(value, vendors) for name, value in config.items()}


def _asking(value: Any, vendors: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _asking(child, vendors) for name, child in value.items()}
    if isinstance(value, list):
        return [_asking(child, vendors) for child in value]
    if isinstance(value, str):
        for origin, here in vendors.items():
            value = value.replace(origin, here)
    return value


@pytest.fixture(scope="session")
def control(
    conformance_session: Session,
    facts: Facts,
    fresh_boot: Callable[[Config, Path], AbstractAsyncContextManager[Booted]],
) -> Callable[[], Awaitable[None]]:
    """Makes sure that a config without any provider boots, else nothing could be concluded.

    `await control()` raises `CouldNotObserveError` if not even that boots: a refusal then says
    nothing about what a check has put into its config.
    """
    failures: list[Any] = []

    async def made() -> None:
        if not failures:
            bare = configs.inference(configs.fitted(conformance_session.config, facts), [])
            async with fresh_boot(bare, conformance_session.directory("home")) as run:
                failures.append(run.failure)
        if failures[0] is not None:
            raise CouldNotObserveError(f"not even an empty gateway boots: {failures[0]}")

    return made


@pytest.fixture
def started(
    fresh_boot: Callable[[Config, Path], AbstractAsyncContextManager[Booted]],
    first_start: Callable[[Restart, Path], Awaitable[list[str]]],
    control: Callable[[], Awaitable[None]],
    tape: Tape,
) -> Callable[[Config | Restart, Path], AbstractAsyncContextManager[Booted]]:
    """Boots a config in a home, or restarts with it there."""

    @asynccontextmanager
    async def booted(start: Config | Restart, home: Path) -> AsyncIterator[Booted]:
        before: list[str] = []
        if isinstance(start, Restart):
            before = await first_start(start, home)
            start = start.later
        sent, unmatched = len(tape.sent), len(tape.unmatched)
        async with fresh_boot(start, home) as run:
            run.sent_at_boot, run.unanswered = tape.sent[sent:], tape.unmatched[unmatched:]
            run.before = before
            if run.failure is not None:
                await control()
            yield run

    return booted


@pytest.fixture
def boot(
    started: Callable[[Config | Restart, Path], AbstractAsyncContextManager[Booted]], home: Path
) -> Callable[[Config | Restart], AbstractAsyncContextManager[Booted]]:
    """Give a way to boot anew, in the home of this check, as `async with` wants it."""
    return lambda start: started(start, home)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept_boots() -> AsyncIterator[tuple[AsyncExitStack, dict[str, Booted]]]:
    """The boots that the checks of one file share, by config."""
    async with AsyncExitStack() as closing:
        yield closing, {}
    if gc.isenabled():  # which it is not while real sockets are in use
        gc.collect(1)  # what these boots leave would else pile up


@pytest.fixture
def share(
    kept_boots: tuple[AsyncExitStack, dict[str, Booted]],
    started: Callable[[Config | Restart, Path], AbstractAsyncContextManager[Booted]],
    conformance_session: Session,
    tape: Tape,
) -> Callable[..., Awaitable[Booted]]:
    """Give a way to boot a config, or restart with it, once for all checks of a file.

    For checks of the same scenario that only send requests or look at what the boot left.
    `await share(config, alone)` is for a config that puts the stimuli of several checks together:
    if it is refused, this check's own config is booted instead. Each may be a `Restart`.
    """
    closing, kept = kept_boots

    async def shared(start: Config | Restart, alone: Config | Restart | None = None) -> Booted:
        name = repr([tape.path, start])
        if name not in kept:
            home = conformance_session.directory("home")
            try:
                kept[name] = await closing.enter_async_context(started(start, home))
            except CouldNotObserveError:  # of two starts the first was refused
                if alone is None:
                    raise
                return await shared(alone)
        elif kept[name].unanswered:
            tape.unmatched.extend(kept[name].unanswered)
        if kept[name].failure is None or alone is None:
            return kept[name]
        return await shared(alone)

    return shared


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_gateway(
    conformance_session: Session,
    facts: Facts,
    fresh_boot: Callable[[Config, Path], AbstractAsyncContextManager[Booted]],
) -> AsyncIterator[Booted]:
    """The config under test, booted once for all checks that only send requests."""
    config = configs.fitted(conformance_session.config, facts)
    async with fresh_boot(config, conformance_session.directory("home")) as run:
        yield run


@pytest.fixture
def gateway(shared_gateway: Booted, tape: Tape) -> Gateway:
    """The shared gateway's client, with this check's scenario behind it."""
    return shared_gateway.gateway


@pytest.fixture
def log(shared_gateway: Booted) -> Callable[[], list[str]]:
    """What the shared gateway has logged since the check began: `log()`."""
    start = len(shared_gateway.log)
    return lambda: shared_gateway.log[start:]

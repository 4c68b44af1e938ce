"""The fixtures checks are written with. They gather; judging is the check's."""

from __future__ import annotations

import copy
import json
import shutil
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from conformance import configs, releases
from conformance.isolation import process_home
from conformance.model import CouldNotObserveError
from conformance.session import JUDGE, SESSION, STAND_IN
from conformance.upstreams import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from conformance.cassettes import Library, Sent, Tape
    from conformance.configs import Config
    from conformance.gateway import Gateway
    from conformance.releases import Facts
    from conformance.session import Session
    from conformance.stack import Stack
    from conformance.verdicts import Judge


@pytest.fixture(scope="session")
def conformance_session(request: pytest.FixtureRequest) -> Session:
    """What this run works with. Raises `CouldNotObserveError` without an installed release."""
    session = request.config.stash[SESSION]
    if session.release is None:
        raise CouldNotObserveError(session.trouble)
    return session


@pytest.fixture(scope="session")
def facts(conformance_session: Session) -> Facts:
    """The facts of the installed release."""
    release = conformance_session.release
    assert release is not None  # noqa: S101 - conformance_session has seen to it
    return releases.facts(release)


@pytest.fixture(scope="session")
def vendors(conformance_session: Session) -> Iterator[dict[str, str]]:
    """Where each vendor is asked: its origin, or a stand-in's when recording from those."""
    origins = {upstream.origin: upstream.origin for upstream in UPSTREAMS.values()}
    if conformance_session.upstream != STAND_IN:
        yield origins
        return
    from conformance.upstreams.server import serve  # noqa: PLC0415 - only needed here

    with serve() as stand_ins:
        yield {upstream.origin: stand_ins.base[name] for name, upstream in UPSTREAMS.items()}


@pytest.fixture(scope="session")
def library(conformance_session: Session, vendors: dict[str, str]) -> Library:
    """The recorded answers of the vendors."""
    from conformance.cassettes import Library  # noqa: PLC0415 - keeps vcrpy out of other runs

    conformance_session.library = Library(
        conformance_session.cassettes,
        conformance_session.mode,
        upstream_of={upstream.origin: name for name, upstream in UPSTREAMS.items()},
        stand_ins={here: origin for origin, here in vendors.items() if here != origin},
        secrets=tuple(conformance_session.keys.values()),
    )
    return conformance_session.library


@pytest.fixture
def observed(request: pytest.FixtureRequest) -> Judge:
    """Record the one observation of a check: `observed(outcome, evidence)`."""
    judge: Judge = request.node.stash[JUDGE]
    return judge


@pytest.fixture
def tape(request: pytest.FixtureRequest, library: Library, observed: Judge) -> Iterator[Tape]:
    """The scenario this check replays; without a `scenario` marker, one that answers nothing."""
    marker = request.node.get_closest_marker("scenario")
    with library.play(marker.args[0] if marker else "none") as tape:
        observed.tape = tape
        yield tape


@pytest.fixture
def sent(tape: Tape) -> list[Sent]:
    """The requests that left the stack for an upstream so far, in order."""
    return tape.sent


@pytest.fixture
def config(conformance_session: Session, facts: Facts) -> Config:
    """The config under test, fitted to the release; a copy the check may change."""
    return copy.deepcopy(configs.fitted(conformance_session.config, facts))


@pytest.fixture
def home(conformance_session: Session) -> Path:
    """A new, empty home directory. Its parent holds nothing else but the working directory."""
    return conformance_session.directory("home")


@pytest.fixture
def default_home() -> Iterator[Path]:
    """The home the stack's default directories are in, empty: no check leaves anything to another.

    The stack fixes those directories when it is imported, so `home` has no say in them.
    """
    default = process_home()
    _empty(default)
    yield default
    _empty(default)


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@pytest.fixture(scope="session")
def fresh_boot(
    conformance_session: Session, facts: Facts, vendors: dict[str, str]
) -> Callable[[Config, Path], AbstractAsyncContextManager[Booted]]:
    """Boots a config in a home; the working directory is beside that home."""

    @asynccontextmanager
    async def booted(config: Config, home: Path) -> AsyncIterator[Booted]:
        from conformance import stack  # noqa: PLC0415 - keeps the stack's needs out of other runs
        from conformance.gateway import Gateway  # noqa: PLC0415 - likewise

        cwd = home.parent / "work"
        cwd.mkdir(exist_ok=True)
        async with (
            stack.boot(asking(config, vendors), facts, home, cwd) as run,
            Gateway(facts.header, app=run.app) as client,
        ):
            yield Booted(run, client)

    return booted


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def control(
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
def boot(
    fresh_boot: Callable[[Config, Path], AbstractAsyncContextManager[Booted]],
    control: Callable[[], Awaitable[None]],
    tape: Tape,
    home: Path,
) -> Callable[[Config], AbstractAsyncContextManager[Booted]]:
    """Boots a config: `async with boot(config) as run`. All boots of a check share one home."""

    @asynccontextmanager
    async def booted(config: Config) -> AsyncIterator[Booted]:
        async with fresh_boot(config, home) as run:
            if run.failure is not None:
                await control()
            yield run

    return booted


def asking(config: Config, vendors: dict[str, str]) -> Config:
    """Return the config with every vendor's origin replaced by where that vendor is asked."""
    text = json.dumps(config)
    for origin, here in vendors.items():
        text = text.replace(origin, here)
    changed: Config = json.loads(text)
    return changed


@dataclass(slots=True)
class Booted:
    """A boot as a check sees it: it came up or it has a `failure`."""

    stack: Stack
    _gateway: Gateway

    @property
    def failure(self) -> Any:
        """Why the stack refused to boot, or None."""
        return self.stack.failure

    @property
    def log(self) -> list[str]:
        """What the stack has logged so far."""
        return self.stack.log

    @property
    def gateway(self) -> Gateway:
        """The gateway's client. Raises `CouldNotObserveError` if the stack did not boot."""
        if self.failure is not None:
            raise CouldNotObserveError(f"the stack did not boot: {self.failure}")
        return self._gateway


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


@pytest.fixture
def provider_data(
    conformance_session: Session, vendors: dict[str, str]
) -> Callable[[str], dict[str, str]]:
    """What a caller sends for a model: `provider_data("gemini/gemini-2.5-flash")`.

    Both fields the seed document names: the key of the model's vendor, and the vendor's URL.
    """

    def made(model: str) -> dict[str, str]:
        vendor = model.partition("/")[0].partition("-")[0]
        upstream = UPSTREAMS[vendor]
        return {
            "passthrough_url": vendors[upstream.origin],
            "passthrough_api_key": conformance_session.keys[vendor],
        }

    return made


@pytest.fixture
def key(conformance_session: Session) -> str:
    """A caller's key."""
    return conformance_session.keys["openai"]

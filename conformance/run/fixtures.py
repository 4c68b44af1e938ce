"""The fixtures checks are written with. They gather; judging is the check's."""

from __future__ import annotations

import copy
import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.run.session import JUDGE, SESSION, STAND_IN
from conformance.stack import configs
from conformance.stack.sandbox import process_home
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.cassettes.library import Library
    from conformance.cassettes.replay import Sent, Tape
    from conformance.core.releases import Facts
    from conformance.run.observation import Judge
    from conformance.run.session import Session
    from conformance.stack.configs import Config


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
    from conformance.vendors.server import serve  # noqa: PLC0415 - only needed here

    with serve() as stand_ins:
        yield {upstream.origin: stand_ins.base[name] for name, upstream in UPSTREAMS.items()}


@pytest.fixture(scope="session")
def library(conformance_session: Session, vendors: dict[str, str]) -> Library:
    """The recorded answers of the vendors."""
    from conformance.cassettes.library import Library  # noqa: PLC0415 - keeps YAML out of other runs

    plan = conformance_session.plan
    conformance_session.library = Library(
        conformance_session.cassettes,
        conformance_session.mode,
        upstream_of={upstream.origin: name for name, upstream in UPSTREAMS.items()},
        stand_ins={here: origin for origin, here in vendors.items() if here != origin},
        secrets=plan.secrets,
        targets=plan.targets,
        provenance=plan.provenance,
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
    from conformance.cassettes.replay import play  # noqa: PLC0415 - keeps vcrpy out of other runs

    marker = request.node.get_closest_marker("scenario")
    with play(library, marker.args[0] if marker else None) as tape:
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

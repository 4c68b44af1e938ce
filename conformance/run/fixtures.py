"""The fixtures checks are written with. They gather; judging is the check's."""

from __future__ import annotations

import copy
import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.cassettes.keys import MADE_UP_KEYS
from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.run.routes import Route, vendor_of
from conformance.run.session import JUDGE, SESSION, STAND_IN
from conformance.stack.sandbox import process_home
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from conformance.cassettes.library import Library
    from conformance.cassettes.replay import Sent, Tape
    from conformance.core.releases import Facts
    from conformance.run.boots import Booted
    from conformance.run.observation import Judge
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.configs import Config, Restart

    Boot = Callable[[Config | Restart], AbstractAsyncContextManager[Booted]]


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
    from conformance.cassettes.library import Library  # noqa: PLC0415 - keeps YAML out

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
def subject(request: pytest.FixtureRequest, conformance_session: Session) -> Subject:
    """What this check looks at: the release, or the user's config."""
    name = getattr(request, "param", None)
    return conformance_session.subject(name)


@pytest.fixture
def route(request: pytest.FixtureRequest, conformance_session: Session) -> Route:
    """The way to a vendor that this check takes: each in turn, or the subject's first."""
    found = getattr(request, "param", None) or conformance_session.subject().routes[0]
    assert isinstance(found, Route)  # noqa: S101 - collection sees to it
    return found


@pytest.fixture
def routes_to(subject: Subject) -> Callable[[str], list[Route]]:
    """The subject's ways to a vendor, in its order: `routes_to("openai")`."""
    return lambda vendor: [route for route in subject.routes if route.vendor == vendor]


@pytest.fixture
def route_to(routes_to: Callable[[str], list[Route]]) -> Callable[[str], Route]:
    """The subject's first way to a vendor: `route_to("gemini")`."""
    return lambda vendor: routes_to(vendor)[0]


@pytest.fixture
def observed(request: pytest.FixtureRequest) -> Judge:
    """Record the one observation of a check: `observed(outcome, evidence)`."""
    judge: Judge = request.node.stash[JUDGE]
    return judge


@pytest.fixture
def tape(
    request: pytest.FixtureRequest, library: Library, observed: Judge, subject: Subject
) -> Iterator[Tape]:
    """The scenario this check replays; without a `scenario` marker, one that answers nothing.

    For the user's config, which was never recorded with, every answer is made up.
    """
    from conformance.cassettes.made_up import MadeUp  # noqa: PLC0415 - keeps vcrpy out
    from conformance.cassettes.replay import play  # noqa: PLC0415 - likewise

    marker = request.node.get_closest_marker("scenario")
    models = [each.vendor_model for each in subject.routes]
    made_up = MadeUp(vendor_of, models) if subject.is_own else None
    with play(library, marker.args[0] if marker else None, made_up) as tape:
        observed.tape = tape
        yield tape


@pytest.fixture
def sent(tape: Tape) -> list[Sent]:
    """The requests that left the stack for an upstream so far, in order."""
    return tape.sent


@pytest.fixture
def config(subject: Subject) -> Config:
    """The config this check looks at; a copy it may change."""
    return copy.deepcopy(subject.config)


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
) -> Callable[[Route | str], dict[str, str]]:
    """What a caller sends to go a route: `provider_data(route)`, or to a vendor by its name.

    All fields that the provider type asks for: the key of the route's vendor, and its URL.
    """

    def made(to: Route | str) -> dict[str, str]:
        if isinstance(to, str):
            upstream = UPSTREAMS[to]
            key = conformance_session.keys[to]
            return {"passthrough_url": vendors[upstream.origin], "passthrough_api_key": key}
        keys = conformance_session.keys if to.vendor else MADE_UP_KEYS
        origin = UPSTREAMS[to.vendor].origin if to.vendor else to.base_url
        return to.data(vendors.get(origin, origin), keys[to.dialect])

    return made


@pytest.fixture
def key(conformance_session: Session) -> str:
    """A caller's key."""
    return conformance_session.keys["openai"]

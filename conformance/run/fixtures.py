"""The fixtures checks are written with. They gather; judging is the check's."""

from __future__ import annotations

import copy
import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.run.routes import Route
from conformance.run.session import JUDGE, SESSION
from conformance.stack.sandbox import process_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from conformance.core.releases import Facts
    from conformance.run.boots import Booted
    from conformance.run.observation import Judge
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.configs import Config, Start

    Boot = Callable[[Start], AbstractAsyncContextManager[Booted]]


@pytest.fixture(scope="session")
def conformance_session(request: pytest.FixtureRequest) -> Session:
    """What this run works with. Raises `CouldNotObserveError` without a release or a server."""
    session = request.config.stash[SESSION]
    if session.release is None and session.live is None:
        raise CouldNotObserveError(session.trouble)
    return session


@pytest.fixture(scope="session")
def facts(conformance_session: Session) -> Facts:
    """The facts of the installed release."""
    release = conformance_session.release
    assert release is not None  # noqa: S101 - conformance_session has seen to it
    return releases.facts(release)


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
def routes_to(request: pytest.FixtureRequest, subject: Subject) -> Callable[[str], list[Route]]:
    """The subject's ways to a vendor through passthrough providers: `routes_to("openai")`."""
    if "loopback" in request.fixturenames:
        return lambda vendor: [route.to_stand_in() for route in subject.passing(vendor)]
    return subject.passing


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

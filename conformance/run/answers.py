"""Fixtures for what vendors answer: recorded, live while recording, or made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.run.routes import vendor_of
from conformance.run.session import STAND_IN
from conformance.vendors import UPSTREAMS
from conformance.vendors.keyless import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.cassettes.library import Library
    from conformance.cassettes.matching import Sent
    from conformance.cassettes.replay import Tape
    from conformance.run.observation import Judge
    from conformance.run.session import Session
    from conformance.run.subject import Subject
    from conformance.stack.client import Answer


@pytest.fixture(scope="session")
def vendors(conformance_session: Session) -> Iterator[dict[str, str]]:
    """Where each vendor is asked: its origin, or a stand-in's when recording from those."""
    origins = {upstream.origin: upstream.origin for upstream in UPSTREAMS.values()}
    if conformance_session.upstream != STAND_IN:
        yield origins
        return
    from conformance.vendors.server import serve  # noqa: PLC0415 - only needed here

    with serve() as stand_ins:
        here = {upstream.origin: stand_ins.base[name] for name, upstream in UPSTREAMS.items()}
        # A provider may ask its vendor at a default address, which is in no config.
        conformance_session.departures.stand_ins = here
        yield here


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
        keys=plan.keys,
        departures=conformance_session.departures,
        accept_changed=conformance_session.accept_changed,
    )
    return conformance_session.library


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
def vendor_answers(tape: Tape) -> list[Answer]:
    """What vendors answered so far, in order: recorded, live while recording, or made up."""
    return tape.answers


@pytest.fixture
def vendor_refusals(tape: Tape) -> Callable[[], list[Answer]]:
    """What vendors refused with so far, also what they say to a request without any key."""
    return lambda: [answer for answer in (*tape.answers, *tape.keyless) if answer.status >= REFUSED]

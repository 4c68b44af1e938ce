"""The stand-ins as tests have them: started once, and clean for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.vendors.stand_ins import StandIns


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    """The three stand-ins, started once."""
    with serve() as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running_stand_ins: StandIns) -> Iterator[StandIns]:
    """The three stand-ins without faults, and without requests received; so they are left, too."""
    running_stand_ins.clear()
    yield running_stand_ins
    running_stand_ins.clear()

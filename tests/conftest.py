"""What the tests of the suite share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from conformance.run import collection
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.vendors.stand_ins import StandIns

# Started in the background, a shell lets its children ignore an interrupt; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Know the markers of checks: tests read files of checks without collecting any."""
    for marker in collection.MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    """The three stand-ins, started once."""
    with serve() as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running_stand_ins: StandIns) -> StandIns:
    """The three stand-ins without faults, and without requests received."""
    running_stand_ins.clear()
    return running_stand_ins

"""What the tests of the suite share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from conformance.run import collection
from tests.support.started import running_stand_ins, stand_ins  # noqa: F401 - for all tests

if TYPE_CHECKING:
    import pytest

# Started in the background, a shell lets its children ignore an interrupt; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Know the markers of checks: tests read files of checks without collecting any."""
    for marker in collection.MARKERS:
        config.addinivalue_line("markers", marker)

"""What the tests of the suite share."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.run import collection
from tests.support.started import running_stand_ins, stand_ins  # noqa: F401 - for all tests

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whole files go to a process: were one of these the last to begin, it alone would run at the end.
LONGEST = (
    *("wheel", "shortcuts", "crowd", "stalls", "witnesses"),  # hold thorough tests alone, or most
    *("every_check_can_fail", "reliability", "own_config", "recording", "live_recording"),
    *("distributed", "live", "runs_and_messages", "live_interrupted", "diagnose_boot"),
    *("new_gotcha", "diagnose_migration", "other_projects", "diagnose_edits", "diagnose_command"),
    *("recording_interrupted", "matrix"),
)
FIRST = [Path(__file__).with_name(f"test_{name}.py") for name in LONGEST]

# Started in the background, a shell lets its children ignore an interrupt; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Know the markers of checks: tests read files of checks without collecting any."""
    for marker in collection.MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: FIRST.index(item.path) if item.path in FIRST else len(FIRST))


@pytest.fixture(scope="session", autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have processes that tests start, and kill, leave what they cannot remove among the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        yield

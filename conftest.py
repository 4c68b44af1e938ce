"""Puts the checkout on the import path, by its place: `-p tests.…` and `tests.…` are found.

The checks need only the plug-in, and what tests share is in `tests/`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "tests"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the suite's own tests where only checks are wanted: it saves importing them."""
    words = config.getoption("markexpr").split()
    named = bool(config.getoption("--conformance-check", None))
    only_checks = named or ("conformance" in words and "not" not in words)
    return True if only_checks and collection_path.is_relative_to(TESTS) else None


@pytest.hookimpl(trylast=True)  # when the plug-in has marked the checks that start a server
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin a distributed run with the files of heavy checks: the last one would run alone."""
    for marker in ("process", "slow") if hasattr(config, "workerinput") else ():
        heavy = {item.path for item in items if item.get_closest_marker(marker)}
        items.sort(key=lambda item: item.path not in heavy)

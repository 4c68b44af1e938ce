"""Puts the checkout on the import path, by its place: `-p tests.…` and `tests.…` are found.

The checks need only the plug-in, and what tests share is in `tests/`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "tests"
OF_CHECKS = ("conformance", "process")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the suite's own tests where only checks are wanted: it saves importing them."""
    named = bool(config.getoption("--conformance-check", None))
    only_checks = named or asks_for_checks(config.getoption("markexpr"))
    return True if only_checks and collection_path.is_relative_to(TESTS) else None


def asks_for_checks(expression: str) -> bool:
    """Return whether every alternative of a `-m` expression names a marker of checks alone."""
    alternatives = re.sub(r"[()]", " ", expression).split(" or ")
    return all(
        re.search(rf"(?<!\bnot )\b({'|'.join(OF_CHECKS)})\b", " ".join(words.split()))
        for words in alternatives
    )


@pytest.hookimpl(trylast=True)  # when the plug-in has marked the checks that start a server
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin a distributed run with the files of heavy checks: the last one would run alone."""
    for marker in ("process", "slow") if hasattr(config, "workerinput") else ():
        heavy = {item.path for item in items if item.get_closest_marker(marker)}
        items.sort(key=lambda item: item.path not in heavy)

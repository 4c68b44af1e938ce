"""All topics and all checks, as their files declare them."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.core import expectations
from conformance.run.observation import topic_of
from conformance.run.session import JUDGE

if TYPE_CHECKING:
    from types import ModuleType

    from conformance.core.model import Topic
    from conformance.core.releases import Release

ROOMS = ("gotchas", "promises")

# Collection must not depend on the settings of whatever project it happens in.
COLLECT = (
    *("--collect-only", "--quiet", "-c", os.devnull, "--rootdir", str(PACKAGE.parent)),
    *("-p", "no:cacheprovider", "-W", "ignore"),
)


@cache
def modules() -> tuple[ModuleType, ...]:
    """Import every file of checks, in the order of their names."""
    return tuple(
        importlib.import_module(f"conformance.{room}.{file.stem}")
        for room in ROOMS
        for file in sorted((PACKAGE / room).glob("test_*.py"))
    )


def topics() -> dict[str, Topic]:
    """Return every topic by its slug."""
    found: dict[str, Topic] = {}
    for module in modules():
        topic = topic_of(module)
        if topic is not None:
            found[topic.slug] = topic
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check as it is declared, and what is expected of it on one release."""

    id: str
    topic: Topic
    nodeid: str
    stimulus: str
    outcomes: dict[str, str]
    scenario: str | None
    expected: str | None
    reason: str | None


def checks(release: Release) -> list[Check]:
    """Return every check in the order of collection, with its expectation for a release.

    pytest collects them, so that ids and variants are exactly those of a run.
    """
    collected = _Collected()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = pytest.main([*COLLECT, str(PACKAGE)], plugins=[collected])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the checks cannot be collected:\n{printed.getvalue()}")
    return [_check(item, release) for item in collected.items if JUDGE in item.stash]


class _Collected:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def _check(item: pytest.Item, release: Release) -> Check:
    judge = item.stash[JUDGE]
    marker = item.get_closest_marker("scenario")
    expectation = expectations.expected(judge.id, release)
    function = getattr(item, "function", None)
    return Check(
        id=judge.id,
        topic=judge.topic,
        nodeid=judge.nodeid,
        stimulus=" ".join((getattr(function, "__doc__", None) or "").split()),
        outcomes=judge.outcomes,
        scenario=marker.args[0] if marker else None,
        expected=expectation.outcome if expectation else None,
        reason=expectation.reason if expectation else None,
    )

"""Lists all topics and all checks, as their files declare them."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.core import expectations, names
from conformance.core.model import Finding, Gotcha, SubjectName, Verdict
from conformance.core.releases import TableError
from conformance.core.severity import Severity
from conformance.run.observation import identifier, topic_of
from conformance.run.session import JUDGE
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from types import ModuleType

    from conformance.core.model import Topic
    from conformance.core.releases import Release

# Collection must not depend on the settings of whatever project it happens in.
COLLECT = (
    *("--collect-only", "--quiet", "-c", os.devnull, "--rootdir", str(PACKAGE.parent)),
    # Without it pytest would look at all that lies beside the checkout and beside its parents.
    *("--confcutdir", str(PACKAGE.parent)),
    *("-p", "no:cacheprovider", "-W", "ignore"),
    *("-p", "no:unraisableexception"),  # at its end it collects Python's garbage ten times
)
_COLLECTING = threading.Lock()
ALL: tuple[Path, ...] = ()
_COLLECTED: dict[tuple[Path, ...], tuple[Check, ...]] = {}  # by their files


def files() -> list[Path]:
    """Return every file of checks: gotchas first, each room in the order of its slugs."""
    return [
        file for room in expectations.ROOMS for file in sorted((PACKAGE / room).glob("*/test_*.py"))
    ]


@cache
def modules() -> tuple[ModuleType, ...]:
    """Import every file of checks."""
    names = (file.relative_to(PACKAGE.parent).with_suffix("").parts for file in files())
    return tuple(importlib.import_module(".".join(parts)) for parts in names)


def topics(release: Release | None = None) -> dict[str, Topic]:
    """Return every topic by its slug: as it is read on a release, or without one as it is written.

    A topic is written with the names that the reference release has for things.
    """
    found: dict[str, Topic] = {}
    for module in modules():
        topic = topic_of(module)
        if topic is not None:
            found[topic.slug] = topic if release is None else names.on(topic, release)
    return found


def rated() -> dict[Severity, dict[str, Gotcha]]:
    """Return the gotchas by their severity, the most severe first, each in the order of slugs."""
    found: dict[Severity, dict[str, Gotcha]] = {}
    for severity in Severity:
        for slug, topic in sorted(topics().items()):
            if isinstance(topic, Gotcha) and topic.severity is severity:
                found.setdefault(severity, {})[slug] = topic
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
    needs: frozenset[str]
    vendors: frozenset[str]
    slow: bool
    expected: str | None = None
    reason: str | None = None

    @property
    def file(self) -> Path:
        """The file that declares it."""
        return PACKAGE.parent / self.nodeid.partition("::")[0]

    def on(self, release: Release) -> Check:
        """Return the check as it is read on a release, with what is expected of it there."""
        found = expectations.expected(self.id, release, self.needs)
        topic = names.on(self.topic, release)
        return replace(self, topic=topic, expected=found.outcome, reason=found.reason)


def checks(release: Release) -> list[Check]:
    """Return every check in the order of collection, with its expectation for a release."""
    return [check.on(release) for check in declared()]


def as_severe_as(least: Severity, found: Sequence[Check]) -> list[Check]:
    """Return the checks of gotchas of at least a severity, the most severe first."""
    return [
        check
        for severity, own in rated().items()
        if severity.at_least(least)
        for check in found
        if check.topic.slug in own
    ]


def declared(within: Collection[Path] = ()) -> tuple[Check, ...]:
    """Return every check, or those of some files, expecting nothing.

    pytest collects them once, so that ids and variants are exactly those of a run. It takes the
    process's standard output meanwhile: of two threads at once, the later would give back what
    belongs to the earlier. Raises `TableError` for rows that cannot be, and
    `RuntimeError` if the checks cannot be collected for another reason.
    """
    with _COLLECTING:
        if within and ALL in _COLLECTED:
            return tuple(check for check in _COLLECTED[ALL] if check.file in within)
        chosen = tuple(sorted(within))
        if chosen not in _COLLECTED:
            _COLLECTED[chosen] = _collected(chosen or (PACKAGE,))
        return _COLLECTED[chosen]


def _collected(within: tuple[Path, ...]) -> tuple[Check, ...]:
    collected = _Collected()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = pytest.main([*COLLECT, *map(str, within)], plugins=[collected])
    if status == pytest.ExitCode.USAGE_ERROR:
        raise TableError("the checks cannot be collected; pytest has said why")
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the checks cannot be collected:\n{printed.getvalue()}")
    return tuple(_check(item) for item in collected.items if JUDGE in item.stash)


def by_topic(checks: Iterable[Check]) -> dict[str, list[str]]:
    """Return the ids of checks by the slug of their topic."""
    found: dict[str, list[str]] = {}
    for check in checks:
        found.setdefault(check.topic.slug, []).append(check.id)
    return found


def files_of(slugs: Collection[str]) -> list[Path]:
    """Return the files of topics."""
    own = {
        Path(str(each.__file__)) for each in modules() if (t := topic_of(each)) and t.slug in slugs
    }
    return [file for file in files() if file in own]


@cache
def needs() -> dict[str, frozenset[str]]:
    """Return what each check needs, by its id."""
    return {check.id: check.needs for check in declared()}


@cache
def _places() -> frozenset[tuple[str, ...]]:
    return frozenset(file.relative_to(PACKAGE).parts for file in files())


def is_check(nodeid: str) -> bool:
    """Return whether a node id is that of a check, by the place of its file."""
    return Path(nodeid.partition("::")[0]).parts[-3:] in _places()


def lost(nodeid: str, why: str) -> Finding | None:
    """Return the finding of a check whose process has died; None if it is no check."""
    file, _, name = nodeid.partition("::")
    function, _, variant = name.rstrip("]").partition("[")
    for module in modules():
        topic = topic_of(module)
        if topic is not None and Path(str(module.__file__)).name == Path(file).name:
            own = variant.startswith(SubjectName.CONFIG)
            return Finding(
                id=identifier(topic, function, variant or None),
                gotcha=topic.slug,
                verdict=Verdict.ERROR,
                observed=None,
                expected=None,
                bites=False,
                evidence=why,
                duration_s=0.0,
                nodeid=nodeid,
                subject=SubjectName.CONFIG if own else SubjectName.RELEASE,
            )
    return None


class _Collected:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def _check(item: pytest.Item) -> Check:
    judge = item.stash[JUDGE]
    marker = item.get_closest_marker("scenario")
    function = getattr(item, "function", None)
    return Check(
        id=judge.id,
        topic=judge.topic,
        nodeid=judge.nodeid,
        stimulus=" ".join((getattr(function, "__doc__", None) or "").split()),
        outcomes=judge.outcomes,
        scenario=marker.args[0] if marker else None,
        needs=judge.needs,
        vendors=frozenset(marker.name for marker in item.iter_markers()) & UPSTREAMS.keys(),
        slow=item.get_closest_marker("slow") is not None,
    )

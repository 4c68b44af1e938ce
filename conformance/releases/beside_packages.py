"""Adds to the table of known deviations what releases answer beside packages of today.

A release returns the models of the `openai` package that is installed: a newer one has fields that
the release then sends as null. Only the releases on which that was seen are named.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from conformance.contract import known
from conformance.core import measured, releases
from conformance.releases import known_deviations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Release
    from conformance.releases.known_deviations import Table

PACKAGE = "openai"
NULLS = "added-null ", "explicit-null "  # anything else would be another change of behaviour


def added(matrix: Mapping[str, Any], before: Table) -> Table:
    """Return the table with what the releases of a matrix were not known for until now.

    Nothing is taken out of it: the matrix may be one of some checks.
    """
    seen = known_deviations.observed(matrix)
    usual = known_deviations.usual(seen, before)
    having: dict[str, dict[str, set[Release]]] = defaultdict(lambda: defaultdict(set))
    for release, packages in _packages(matrix):
        for name, each in _unknown(seen[release], release, packages, usual):
            having[name][each].add(release)
    made = {name: _named(rows, before.get(name, {})) for name, rows in having.items()}
    return {**before, **{name: {**before.get(name, {}), **rows} for name, rows in made.items()}}


def _packages(matrix: Mapping[str, Any]) -> Iterator[tuple[Release, Mapping[str, str]]]:
    for run in matrix["runs"]:
        release = known_deviations.release_of(run)
        if run["report"] is not None and release in releases.whole():
            yield release, run["report"]["environment"]["packages"]


def _unknown(
    checks: list[Mapping[str, Any]],
    release: Release,
    packages: Mapping[str, str],
    usual: set[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield section and deviation of all that a release is not known for with these packages."""
    major, minor, *_ = Version(packages[PACKAGE]).release
    for check in checks:
        for kind, each in known_deviations.met(check):
            covered = known.covers(release, check["id"], kind, each, packages)
            if each.startswith(NULLS) and not covered:
                own = known_deviations.section_of(check, kind, each, usual)
                yield f"{own}{measured.WITH}{PACKAGE}>={major}.{minor}", each


def _named(having: Mapping[str, set[Release]], before: Mapping[str, str]) -> dict[str, str]:
    """Return the rows of a section: the releases of each deviation by name."""
    line = set(releases.whole())
    old = {each: {one for one in line if one.within(before.get(each, "<0"))} for each in having}
    return known_deviations.covering({each: having[each] | old[each] for each in having}, line)

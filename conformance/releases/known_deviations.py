"""Turns what answers deviated in, on each release of a matrix, into the table of known deviations.

What any check's answers of a kind may have stands under the kind; what only the vendors' faults of
one topic bring about stands under that topic's checks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from conformance.contract import known
from conformance.core import measured, releases
from conformance.core.model import Verdict
from conformance.releases.proposals import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from conformance.core.releases import Release

    Table = Mapping[str, Mapping[str, str]]

USUAL = ("answer-contract/", "answer-forms/", "model-list/")  # their checks ask vendors that work
SHAPES = ("error-", "no-error", "bare-detail")  # of any error, whatever brings it about
NO_SHAPES = ("error-event", "error-not-json")
ASKED = (Verdict.AS_EXPECTED, Verdict.DRIFT)
YES, NO = "known", "absent"
TABLE = known.TABLE


def write(found: Table) -> list[Path]:
    """Write the table; return its file if that changed."""
    text = written(found)
    if text == TABLE.read_text(encoding="utf-8"):
        return []
    TABLE.write_text(text, encoding="utf-8")
    known.table.cache_clear()
    return [TABLE]


def table(matrix: Mapping[str, Any], before: Table) -> Table:
    """Return the table after a run of all checks on some releases, each as it was released.

    `before` is the one until now, section → deviation → range. What it says of releases outside
    this matrix stays, and so do the sections with a package.
    """
    checks = observed(matrix)
    own = usual(checks, before)
    having: dict[str, dict[str, set[Release]]] = defaultdict(lambda: defaultdict(set))
    for release, rows in checks.items():
        for check in rows:
            for kind, each in met(check):
                having[section_of(check, kind, each, own)][each].add(release)
    others = [each for each in releases.whole() if each not in checks]
    beside = {name: rows for name, rows in before.items() if measured.WITH in name}
    for name in before.keys() - beside.keys():
        for each, range_ in before[name].items():
            having[name][each] |= {other for other in others if other.within(range_)}
    asked = {name: _asked(name, checks) | set(others) for name in having}
    return {name: covering(rows, asked[name]) for name, rows in having.items()} | beside


def section_of(
    check: Mapping[str, Any], kind: str, deviation: str, usual: AbstractSet[tuple[str, str]]
) -> str:
    """Return the section for what a check met in an answer of a kind."""
    topic = check["id"].partition("/")[0]
    return kind if (kind, deviation) in usual else f"{topic}/*{known.SEPARATOR}{kind}"


def release_of(run: Mapping[str, Any]) -> Release:
    """Return the release of a run of a matrix."""
    return releases.find(f"{run['distribution']} {run['version']}")


def observed(matrix: Mapping[str, Any]) -> dict[Release, list[Mapping[str, Any]]]:
    """Return, for each whole release that ran, the rows of the checks that observed."""
    found = {}
    for run in matrix["runs"]:
        release = release_of(run)
        if run["report"] is not None and release in releases.whole():
            rows = run["report"]["checks"]
            found[release] = [row for row in rows if row["verdict"] in ASKED]
    return found


def met(check: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the kind of the answer and the deviation, `name path`, for each that a check met."""
    for row in check["deviations"]:
        kind, _, deviation = row.partition(known.SEPARATOR)
        yield kind, deviation


def usual(checks: Mapping[Release, list[Mapping[str, Any]]], before: Table) -> set[tuple[str, str]]:
    """Return the kinds and deviations that no topic's own faults bring about."""
    known_before = {
        (name.partition(measured.WITH)[0], each) for name, rows in before.items() for each in rows
    }
    return known_before | {
        (kind, each)
        for own in checks.values()
        for check in own
        for kind, each in met(check)
        if check["id"].startswith(USUAL) or _is_shape(each)
    }


def _is_shape(deviation: str) -> bool:
    return deviation.startswith(SHAPES) and not deviation.startswith(NO_SHAPES)


def _asked(section: str, checks: Mapping[Release, list[Mapping[str, Any]]]) -> set[Release]:
    """Return the releases that gave an answer of a section's kind to a check of its topic."""
    pattern, _, kind = section.rpartition(known.SEPARATOR)
    topic = pattern.removesuffix("*")
    return {
        release
        for release, own in checks.items()
        if any(check["id"].startswith(topic) and kind in check["received"] for check in own)
    }


def written(table: Table) -> str:
    """Return the table as TOML, in the order of names."""
    return "\n".join(_section(name, rows) for name, rows in sorted(table.items()))


def _section(name: str, rows: Mapping[str, str]) -> str:
    lines = (f"{json.dumps(each)} = {json.dumps(range_)}" for each, range_ in sorted(rows.items()))
    return "\n".join([f"[{json.dumps(name)}]", *lines]) + "\n"


def covering(having: Mapping[str, set[Release]], asked: set[Release]) -> dict[str, str]:
    """Return deviation → range of the releases that have it, among those that were asked."""
    covered: dict[str, str] = {}
    for deviation, seen in having.items():
        found = ranges({each: YES if each in seen else NO for each in asked | seen})
        covered.update((deviation, range_) for range_, text in found.items() if text == YES)
    return covered

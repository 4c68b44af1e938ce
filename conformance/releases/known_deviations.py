"""Turns what answers deviated in, on each release of a matrix, into the table of known deviations.

What any check's answers of a kind may have stands under the kind; what only the vendors' faults of
one topic bring about stands under that topic's checks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from conformance.contract import known
from conformance.core import releases
from conformance.core.model import Verdict
from conformance.releases.proposals import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Release

USUAL = ("answer-contract/", "answer-forms/", "model-list/")  # their checks ask vendors that work
SHAPES = ("error-", "no-error", "bare-detail")  # of any error, whatever brings it about
NO_SHAPES = ("error-event", "error-not-json")
ASKED = (Verdict.AS_EXPECTED, Verdict.DRIFT)
YES, NO = "known", "absent"
TABLE = known.TABLE


def write(matrix: Mapping[str, Any]) -> bool:
    """Write the table after a run of all checks on some releases; return whether it changed.

    What releases outside this matrix are known for stays.
    """
    found = text(matrix, known.table())
    if found == TABLE.read_text(encoding="utf-8"):
        return False
    TABLE.write_text(found, encoding="utf-8")
    known.table.cache_clear()
    return True


def text(matrix: Mapping[str, Any], before: Mapping[str, Mapping[str, str]]) -> str:
    """Return the table as TOML; `before` is the one until now, section → deviation → range."""
    checks = _observed(matrix)
    usual = {(section, each) for section, rows in before.items() for each in rows} | _usual(checks)
    having: dict[str, dict[str, set[Release]]] = defaultdict(lambda: defaultdict(set))
    for release, own in checks.items():
        for check in own:
            for kind, each in _deviations(check):
                topic = f"{check['id'].partition('/')[0]}/*{known.SEPARATOR}{kind}"
                having[kind if (kind, each) in usual else topic][each].add(release)
    others = [each for each in releases.whole() if each not in checks]
    for section, rows in before.items():
        for each, range_ in rows.items():
            having[section][each] |= {other for other in others if other.within(range_)}
    return "\n".join(
        _section(name, having[name], _asked(name, checks) | set(others)) for name in sorted(having)
    )


def _observed(matrix: Mapping[str, Any]) -> dict[Release, list[Mapping[str, Any]]]:
    """Return, for each whole release that ran, the rows of the checks that observed."""
    found = {}
    for run in matrix["runs"]:
        release = releases.find(f"{run['distribution']} {run['version']}")
        if run["report"] is not None and release in releases.whole():
            rows = run["report"]["checks"]
            found[release] = [row for row in rows if row["verdict"] in ASKED]
    return found


def _deviations(check: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the kind of the answer and the deviation, `name path`, for each that a check met."""
    for row in check["deviations"]:
        kind, _, deviation = row.partition(known.SEPARATOR)
        yield kind, deviation


def _usual(checks: Mapping[Release, list[Mapping[str, Any]]]) -> set[tuple[str, str]]:
    """Return the kinds and deviations that no topic's own faults bring about."""
    return {
        (kind, each)
        for own in checks.values()
        for check in own
        for kind, each in _deviations(check)
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


def _section(name: str, having: Mapping[str, set[Release]], asked: set[Release]) -> str:
    return "\n".join([f"[{json.dumps(name)}]", *_rows(having, asked)]) + "\n"


def _rows(having: Mapping[str, set[Release]], asked: set[Release]) -> Iterator[str]:
    for deviation, having_it in sorted(having.items()):
        found = ranges({each: YES if each in having_it else NO for each in asked | having_it})
        covered = next((range_ for range_, text in found.items() if text == YES), None)
        if covered is not None:
            yield f"{json.dumps(deviation)} = {json.dumps(covered)}"

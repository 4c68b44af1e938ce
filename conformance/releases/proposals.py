"""Turns a measured matrix into the files of expectations: per check, ranges of releases."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from conformance.core import expectations, measured, needs, releases
from conformance.releases import off_contract
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.core.releases import Release
    from conformance.run.catalogue import Check

    Rows = Mapping[str, str]

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
VARIANT = re.compile(r"::test_(?P<base>\w+)(?P<variant>\[)?")


def write(matrix: Mapping[str, Any]) -> list[Path]:
    """Write the expectations of every topic the matrix has measured; return the files changed.

    A check that could not be observed on some release keeps the rows it has.
    """
    found = rows(matrix)
    topics: dict[str, list[Check]] = defaultdict(list)
    for check in catalogue.declared():
        topics[check.topic.slug].append(check)
    changed = []
    for slug, own in topics.items():
        kept = {check.id: found.get(check.id) or expectations.rows_of(check.id) for check in own}
        file, text = expectations.file(slug), page(own, kept)
        if found.keys() & kept.keys() and (not file.exists() or file.read_text("utf-8") != text):
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    expectations.table.cache_clear()
    return changed


def rows(matrix: Mapping[str, Any]) -> dict[str, Rows]:
    """Return range → outcome for every check that was observed wherever it was asked.

    What a release outside this matrix was measured to do stays. As long as some release was never
    measured, only those that were are named: nothing is claimed of the others. A release that
    boots nothing has no rows.
    """
    wanted, whole = catalogue.needs(), set(releases.whole())
    seen_on: dict[str, dict[Release, str | None]] = defaultdict(dict)
    for run in matrix["runs"]:
        release = releases.find(f"{run['distribution']} {run['version']}")
        if release not in whole:
            continue
        for check in (run["report"] or {"checks": []})["checks"]:
            if not needs.lacking(wanted.get(check["id"], ()), release):
                seen_on[check["id"]][release] = outcome(check)
    found: dict[str, Rows] = {}
    for name, seen in seen_on.items():
        known = {release: text for release, text in seen.items() if text is not None}
        if len(known) == len(seen):
            found[name] = _rows(name, wanted.get(name, frozenset()), known)
    return found


def _rows(check: str, wanted: frozenset[str], seen: Mapping[Release, str]) -> Rows:
    """Return the rows of a check, given what this matrix has seen and what was measured before."""
    line = [each for each in releases.whole() if not needs.lacking(wanted, each)]
    before = {each: _measured_before(check, each) for each in line if each not in seen}
    known = {release: text for release, text in before.items() if text} | dict(seen)
    return ranges(known) if known.keys() >= set(line) else exactly(known)


def _measured_before(check: str, release: Release) -> str:
    row = expectations.choose(check, expectations.rows_of(check), release)
    return row.outcome or (f"{expectations.NOT_APPLICABLE}{row.reason}" if row.reason else "")


def exactly(seen: Mapping[Release, str]) -> dict[str, str]:
    """Return ranges that cover the given releases and no other."""
    found: dict[str, list[str]] = {}
    for release in sorted(seen, key=lambda each: each.order):
        found.setdefault(seen[release], []).append(f"{release.distribution} =={release.version}")
    return {" | ".join(names): text for text, names in found.items()}


def outcome(check: Mapping[str, Any]) -> str | None:
    """Return the text a row should have for what a check found, or None for an error."""
    if check["verdict"] == "not-applicable":
        return expectations.NOT_APPLICABLE + str(check["evidence"])
    return off_contract.own_outcome(check)


def ranges(seen: Mapping[Release, str]) -> dict[str, str]:
    """Return the fewest disjoint ranges that say the same; they cover every release there can be.

    A release between two measured ones has the outcome of the older one, one below all has the
    outcome of the oldest. Raises `ValueError` if two distributions of one version differ.
    """
    line = sorted(seen, key=lambda release: release.order)
    grouped = [list(group) for _, group in itertools.groupby(line, key=seen.__getitem__)]
    found: dict[str, list[str]] = {}
    for number, group in enumerate(grouped):
        after = grouped[number + 1][0] if number + 1 < len(grouped) else None
        if after is not None and after.version == group[-1].version:
            raise ValueError(f"{group[-1]} and {after} differ; write their rows by hand")
        first = None if number == 0 else group[0]
        found.setdefault(seen[group[0]], []).append(_specifier(first, after))
    return {" | ".join(specifiers): text for text, specifiers in found.items()}


def _specifier(first: Release | None, after: Release | None) -> str:
    parts = [f">={first.version}"] if first else []
    parts += [f"<{after.version}"] if after else []
    return ",".join(parts) or "*"


def page(checks: Sequence[Check], rows: Mapping[str, Rows]) -> str:
    """Return the file of a topic: its checks in their order, agreeing variants under a pattern."""
    groups: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        found = VARIANT.search(check.nodeid)
        base = found["base"].replace("_", "-") if found else check.id
        groups[f"{base}-*" if found and found["variant"] else base].append(check.id)
    sections = []
    for pattern, ids in groups.items():
        common = _common([rows[each] for each in ids]) if len(ids) > 1 else None
        if common:
            sections.append(_section(pattern, common))
        odd = [each for each in ids if rows[each] and rows[each] != common]
        sections += [_section(each.partition("/")[2], rows[each]) for each in odd]
    slug = checks[0].topic.slug
    others = ((k, v) for k, v in expectations.table(slug).items() if measured.WITH in k)
    return "\n".join([*sections, *(_section(name, rows_) for name, rows_ in others)])


def _common(alternatives: Sequence[Rows]) -> Rows | None:
    """Return the rows that most variants have, if more than one has them."""
    counted = Counter(json.dumps(dict(each)) for each in alternatives if each)
    text, count = counted.most_common(1)[0] if counted else ("{}", 0)
    common: Rows = json.loads(text)
    return common if count > 1 else None


def _section(name: str, rows: Rows) -> str:
    key = name if BARE_KEY.fullmatch(name) else json.dumps(name)
    lines = [f"{json.dumps(range_)} = {json.dumps(text)}" for range_, text in rows.items()]
    return "\n".join([f"[{key}]", *lines]) + "\n"

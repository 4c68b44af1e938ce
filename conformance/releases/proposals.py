"""Turns a measured matrix into rows of `expectations.toml`: per check, ranges of releases."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from conformance.core import expectations, releases
from conformance.core.model import Promise
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.core.releases import Release

SECTION = re.compile(r'^\["(?P<check>[^"]+)"\]$', re.MULTILINE)


def write(matrix: Mapping[str, Any]) -> None:
    """Rewrite the rows of every check the matrix has measured; comments above a check stay."""
    text = expectations.TABLE.read_text(encoding="utf-8")
    expectations.TABLE.write_text(rewritten(text, rows(matrix)), encoding="utf-8")
    expectations.table.cache_clear()


def rows(matrix: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return range → outcome for every check whose outcome is known on every measured release.

    An error stays what it is and leaves the check out, unless it is known what the release lacks.
    """
    measured: dict[str, dict[Release, str | None]] = {}
    for run in matrix["runs"]:
        if run["report"] is None:
            continue
        release = releases.find(f"{run['distribution']} {run['version']}")
        for check in run["report"]["checks"]:
            measured.setdefault(check["id"], {})[release] = outcome(check, release)
    promises = {slug for slug, topic in catalogue.topics().items() if isinstance(topic, Promise)}
    found = {}
    for check, seen in sorted(measured.items()):
        meaningful = _meaningful(seen, promise=check.partition("/")[0] in promises)
        known = {release: text for release, text in meaningful.items() if text is not None}
        if len(known) == len(seen):
            found[check] = ranges(known)
    return found


def outcome(check: Mapping[str, Any], release: Release) -> str | None:
    """Return the text a row should have for what a check found, or None for an error.

    A gateway without its provider type does not boot, whatever the check is about.
    """
    if check["verdict"] == "not-applicable":
        return expectations.NOT_APPLICABLE + str(check["evidence"])
    if release.without and release.without in check["evidence"]:
        return f"{expectations.NOT_APPLICABLE}{release} has no `{release.without}`"
    return str(check["observed"]) if check["observed"] else None


def _lack(release: Release, *, promise: bool) -> str:
    """Return what a release lacks that checks of a gateway need, or "".

    That no chat leaves is what the promises show, so it is no reason to set them aside.
    """
    if release.without:
        return f"{release} has no `{release.without}`"
    return "" if promise else releases.facts(release).mute


def _meaningful(seen: Mapping[Release, str | None], *, promise: bool) -> dict[Release, str | None]:
    """Set aside what follows only from something a release lacks.

    That is an outcome seen neither on the last release before nor on the first one behind that
    lacks nothing.
    """
    line = sorted(seen, key=lambda release: release.order)
    whole = [release for release in line if not _lack(release, promise=False)]
    found = dict(seen)
    for release in line:
        reason = _lack(release, promise=promise)
        before = [other for other in whole if other.order < release.order][-1:]
        behind = [other for other in whole if other.order > release.order][:1]
        if reason and seen[release] not in {seen[other] for other in before + behind}:
            found[release] = f"{expectations.NOT_APPLICABLE}{reason}"
    return found


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


def rewritten(text: str, rows: Mapping[str, Mapping[str, str]]) -> str:
    """Return the table's text with these rows; checks it did not have are added at the end."""
    parts = SECTION.split(text)
    made = [parts[0].rstrip("\n") + "\n"]
    pairs = list(zip(parts[1::2], parts[2::2], strict=True))
    for check, body in pairs:
        comments = _comments(body)
        made.append(
            _section(check, rows[check].items(), comments)
            if check in rows
            else f'["{check}"]\n{body.strip()}\n'
        )
    present = {check for check, _ in pairs}
    made += [
        _section(check, ranges_.items(), [])
        for check, ranges_ in rows.items()
        if check not in present
    ]
    return "\n".join(made)


def _comments(body: str) -> Sequence[str]:
    return [line for line in body.split("\n") if line.startswith("#")]


def _section(check: str, ranges_: Iterable[tuple[str, str]], comments: Sequence[str]) -> str:
    lines = [f"{json.dumps(range_)} = {json.dumps(text)}" for range_, text in ranges_]
    return "\n".join([f'["{check}"]', *comments, *lines]) + "\n"

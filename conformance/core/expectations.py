"""Looks up what each check is expected to observe on a release. The rows stand beside the checks.

`gotchas/<slug>/expectations.toml` maps the rest of a check's id, or a pattern of it where variants
agree, to outcomes by range of releases. `["<pattern> with openai>=3"]` holds where such a package
is installed beside a release that was measured with another: a plain install of today has those.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import measured
from conformance.core import needs as wants
from conformance.core.releases import TableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from conformance.core.releases import Release

PACKAGE = Path(__file__).parents[1]
ROOMS = ("gotchas", "promises")
FILE = "expectations.toml"
NOT_APPLICABLE = "not-applicable: "


class ExpectationError(TableError):
    """A file of expectations is malformed, or says two things about a release."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The outcome one check is expected to have, or the reason why it does not apply.

    Neither means that nobody has measured the check on the release. `releases` is the range that
    the row holds for.
    """

    outcome: str | None = None
    reason: str | None = None
    releases: str = ""


def expected(
    check: str,
    release: Release,
    needs: Collection[str] = (),
    packages: Mapping[str, str] | None = None,
) -> Expectation:
    """Return what is expected of a check, `<slug>/<check>`, with these needs, on a release.

    `packages` are those installed beside it, by name; without them it is as it was measured.
    Nothing applies to a release that is broken as it was released, or lacks what the check needs.
    A release newer than every known one is compared with the newest known one. Raises
    `ExpectationError` if two ranges cover the release, `RangeError` and `NeedError`.
    """
    if release.broken:
        return Expectation(None, f"{release} boots nothing: {release.broken}")
    if reason := wants.lacking(needs, release, packages):
        return Expectation(None, reason)
    other = choose(check, _rows_with(check, release, packages or {}), release)
    return other if other.outcome else _muted(check, release, packages or {})


def _muted(check: str, release: Release, packages: Mapping[str, str]) -> Expectation:
    """Return what is expected of a release; where packages let no chat leave it, what then is."""
    rows = rows_of(check)
    pair = [choose(check, rows, each) for each in measured.muted(release, packages)]
    outcomes = {(each.outcome, each.reason) for each in pair}
    return pair[-1] if len(outcomes) > 1 else choose(check, rows, release)


def _rows_with(check: str, release: Release, packages: Mapping[str, str]) -> Mapping[str, str]:
    """Return the rows that hold for a package installed here and not when it was measured."""
    slug, _, name = check.partition("/")
    for pattern, rows in _replaced(slug, release, packages):
        if fnmatchcase(name, pattern):
            return rows
    return {}


def replaced_rows(slug: str, release: Release, packages: Mapping[str, str]) -> int:
    """Return how many rows of a topic say what a release does beside these packages alone."""
    rows = _replaced(slug, release, packages)
    return sum(choose(slug, each, release) != Expectation() for _, each in rows)


def _replaced(
    slug: str, release: Release, packages: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for key, rows in table(slug).items():
        pattern, _, text = key.partition(measured.WITH)
        if text and measured.replaced(release, text, packages):
            yield pattern, rows


def choose(check: str, rows: Mapping[str, str], release: Release) -> Expectation:
    """Return the row that covers the release; raise `ExpectationError` if two do."""
    found = [row for row in rows.items() if release.within(row[0])]
    if len(found) > 1:
        raise ExpectationError(f"{check}: {len(found)} ranges cover {release}; one may")
    if not found:
        return Expectation()
    releases, text = found[0]
    if text.startswith(NOT_APPLICABLE):
        return Expectation(None, text.removeprefix(NOT_APPLICABLE), releases)
    return Expectation(text, None, releases)


def rows_of(check: str) -> Mapping[str, str]:
    """Return range → outcome for a check: its own rows, else those of the longest pattern."""
    slug, _, name = check.partition("/")
    rows = table(slug)
    if name in rows:
        return rows[name]
    patterns = [each for each in rows if measured.WITH not in each and fnmatchcase(name, each)]
    return rows[max(patterns, key=len)] if patterns else {}


def file(slug: str) -> Path:
    """Return where the expectations of a topic's checks are, or would be."""
    places = [PACKAGE / room / slug.replace("-", "_") / FILE for room in ROOMS]
    return next((place for place in places if place.parent.is_dir()), places[0])


@cache
def table(slug: str) -> Mapping[str, Mapping[str, str]]:
    """Return the rows of a topic: check or pattern → range of releases → outcome.

    A topic without a file has no rows. Raises `ExpectationError`.
    """
    place = file(slug)
    if not place.exists():
        return {}
    try:
        rows = tomllib.loads(place.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ExpectationError(f"{slug}: {FILE} is not TOML: {error}") from error
    for check, ranges in rows.items():
        if not isinstance(ranges, dict) or not all(isinstance(t, str) for t in ranges.values()):
            raise ExpectationError(f"{slug}: `{check}` must map ranges to outcomes")
    return rows

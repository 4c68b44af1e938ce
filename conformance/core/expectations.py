"""What each check is expected to observe, per range of releases. The rows are in the TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release

TABLE = Path(__file__).with_suffix(".toml")
NOT_APPLICABLE = "not-applicable: "


class ExpectationError(ValueError):
    """The table is malformed, or does not say exactly one thing about a release."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The outcome one check is expected to have, or the reason why it does not apply.

    `releases` is the range it holds for.
    """

    outcome: str | None
    reason: str | None = None
    releases: str = ""


def expected(check: str, release: Release) -> Expectation | None:
    """Return what the table says of a check on a release; None if it does not know the check.

    A release newer than every known one is compared with the newest known one. Raises
    `ExpectationError` if no range, or more than one, covers the release, and `RangeError`.
    """
    rows = table().get(check)
    return None if rows is None else choose(check, rows, release)


def choose(check: str, rows: Mapping[str, str], release: Release) -> Expectation:
    """Return the one row that covers the release, or raise `ExpectationError`.

    Nothing applies to a release that is broken as it was released.
    """
    if release.broken:
        return Expectation(None, f"{release} boots nothing: {release.broken}")
    found = [row for row in rows.items() if release.within(row[0])]
    if len(found) != 1:
        raise ExpectationError(
            f"{check}: {len(found)} ranges of {TABLE.name} cover {release}; exactly one must"
        )
    releases, text = found[0]
    if text.startswith(NOT_APPLICABLE):
        return Expectation(None, text.removeprefix(NOT_APPLICABLE), releases)
    return Expectation(text, None, releases)


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return the whole table: check id → range of releases → outcome. Raises `ExpectationError`."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    for check, ranges in rows.items():
        if not isinstance(ranges, dict) or not all(isinstance(t, str) for t in ranges.values()):
            raise ExpectationError(f"{TABLE.name}: `{check}` must map ranges to outcomes")
    return rows

"""Knows in what the answers of each release deviate: data, measured on every release.

`known.toml` has a section for each kind of answer; one that begins with a check's id, or a pattern
of ids, holds for the answers of these checks alone. One that ends with a package, `with
openai>=3.57`, holds where such a one is installed beside a release that was measured with another.
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import measured, releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release

TABLE = Path(__file__).with_suffix(".toml")
SEPARATOR = ": "


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return kind of answer → `name path` of a deviation → range of releases."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def covers(
    release: Release | None,
    check: str,
    kind: str,
    deviation: str,
    packages: Mapping[str, str] | None = None,
) -> bool:
    """Return whether a release is known for a deviation, `name path`, of answers of a kind.

    `check` is the id of the check that received the answer; `packages` are those installed beside
    the release, which without them are those it was measured with. Nothing is known without a
    release.
    """
    return release is not None and any(
        release.within(rows[deviation])
        for section, rows in table().items()
        if deviation in rows
        for own, _, package in [section.partition(measured.WITH)]
        if _is_of(own, check, kind)
        if not package or measured.replaced(release, package, packages or {})
    )


def beside_packages() -> tuple[Release, ...]:
    """Return the releases of which it is known what a newer package beside them adds."""
    named = {name: rows for name, rows in table().items() if measured.WITH in name}
    ranges = {range_ for rows in named.values() for range_ in rows.values()}
    return tuple(each for each in releases.whole() if any(map(each.within, ranges)))


def _is_of(section: str, check: str, kind: str) -> bool:
    """Tell whether a section holds for answers of a kind that a check receives."""
    pattern, separator, of_checks = section.partition(SEPARATOR)
    return fnmatchcase(check, pattern) and of_checks == kind if separator else section == kind

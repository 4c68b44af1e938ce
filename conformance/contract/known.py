"""In what the answers of each release are known to deviate: data, measured on every release."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release

TABLE = Path(__file__).with_suffix(".toml")


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return kind of answer → `name path` of a deviation → range of releases."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def covers(release: Release, kind: str, name: str, path: str) -> bool:
    """Return whether the answers of a kind are known for a deviation on a release."""
    ranges = table().get(kind, {}).get(f"{name} {path}")
    return ranges is not None and release.within(ranges)

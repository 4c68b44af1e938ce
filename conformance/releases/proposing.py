"""Writes what a matrix has measured to the suite's own data: outcomes, and known deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import known
from conformance.releases import beside_packages, known_deviations, proposals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(matrix: Mapping[str, Any], *, whole: bool) -> list[Path]:
    """Write what a matrix has measured; return the files changed.

    A run of some checks, which is not `whole`, does not show what a release is no longer known for.
    With packages of today no release shows outcomes of its own: only what these add is written.
    """
    before = known.table()
    if matrix["resolve"] != "released":
        return known_deviations.write(beside_packages.added(matrix, before))
    files = proposals.write(matrix)
    if whole:
        files += known_deviations.write(known_deviations.table(matrix, before))
    return files

"""Separates the outcome that a check observed from a deviation that its row names instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release


def own_outcome(check: Mapping[str, Any]) -> str | None:
    """Return what a check itself observed, None for nothing.

    A deviation is looked for only where the check observed what was expected.
    """
    found = check["expected"] if check.get("off_contract") else check["observed"]
    return str(found) if found else None


def outcome(
    check: Mapping[str, Any], release: Release, packages: Mapping[str, str] | None = None
) -> str | None:
    """Return what a check observed, by the known deviations as they are now.

    `packages` are those that were installed beside the release.
    """
    kinds = (row.partition(known.SEPARATOR) for row in check.get("deviations", ()))
    unknown = [
        each
        for kind, _, each in kinds
        if not known.covers(release, check["id"], kind, each, packages)
    ]
    still_off = check.get("off_contract") and unknown
    return str(check["observed"]) if still_off else own_outcome(check)

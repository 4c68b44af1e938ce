"""Rewrites an API as the one that took over from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import stores
from conformance.judge.finding import Edit, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding, Path

# An API that took over from another, with the provider that does what the former one did.
SUCCESSORS = {
    "agents": ("responses", "inline::meta-reference", "inline::builtin"),
    "responses": ("agents", "inline::builtin", "inline::meta-reference"),
}


def edits(case: Case) -> Iterator[tuple[str, list[Edit]]]:
    """Yield what becomes of each API that has a successor, and the steps for it."""
    listed = stores.at(case.written, ("apis",))
    listed = listed if isinstance(listed, list) else []
    for old, (new, former, kind) in SUCCESSORS.items():
        place: Path = ("providers", old)
        entries = stores.at(case.written, place)
        if not _took_over(case, old):
            continue
        steps = [
            Edit(Operation.SET, ("apis", index), value=new)
            if new not in listed
            else Edit(Operation.REMOVE, ("apis", index))
            for index, name in enumerate(listed)
            if name == old
        ]
        if isinstance(entries, list) and stores.at(case.written, ("providers", new)) is None:
            steps += [
                Edit(Operation.SET, (*place, index, "provider_type"), value=kind)
                for index, entry in enumerate(entries)
                if isinstance(entry, dict) and entry.get("provider_type") == former
            ]
            steps.append(Edit(Operation.MOVE, place, ("providers", new)))
        if steps:
            yield f"`{old}` became `{new}`", steps


def without(case: Case, found: Iterable[Finding]) -> list[Finding]:
    """Return the findings of unknown APIs that have none."""
    return [
        one
        for one in found
        if one.id == "unknown-api" and not _took_over(case, one.what.split("`")[1])
    ]


def _took_over(case: Case, old: str) -> bool:
    """Return whether a release has the successor of an API and not the API."""
    return old not in case.schema.apis and SUCCESSORS.get(old, ("",))[0] in case.schema.apis

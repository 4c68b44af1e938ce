"""What client libraries see of each release, as rows of the compatibility page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.releases import client_results
from conformance.releases.client_inside import ABSENT
from conformance.releases.client_trial import unasked
from conformance.releases.clients import KINDS, OPENAI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release
    from conformance.releases.client_results import Seen, Table

EVERYTHING, NOTHING = "everything", "nothing"
NOT_ASKED, UNMEASURED = "not asked", "not measured"
ABSENT_RELEASE = "there is none"


def line(table: Table, kind: str, release: Release) -> str:
    """Return what a kind of client sees of a release, in the words of a cell."""
    if unasked(release):
        return NOT_ASKED
    kinds = table.get(str(release))
    if kinds is None:
        return UNMEASURED
    return words(kinds[kind]) if kind in kinds else ABSENT_RELEASE


def words(seen: Seen) -> str:
    """Return `everything`, or what does not work and what the caller gets instead.

    What a library does not offer is no fault of a release and is left out. A use is named once
    if the synchronous client and the other one see the same.
    """
    offered = {use: result for use, result in seen.failed.items() if result != ABSENT}
    if not offered:
        return EVERYTHING
    results = {result.removeprefix("wrong: ") for result in offered.values()}
    if len(results) == 1 and len(seen.failed) == seen.uses:
        return f"{NOTHING}: {results.pop()}"
    return "not " + ", ".join(_grouped(offered))


def _grouped(failed: dict[str, str]) -> Iterator[str]:
    both: dict[tuple[str, str], list[str]] = {}
    for use, result in failed.items():
        name, _, kind = use.rpartition(" ")
        both.setdefault((name, result.removeprefix("wrong: ")), []).append(kind)
    for (name, result), kinds in both.items():
        only = f" {kinds[0]}" if len(kinds) == 1 else ""
        yield f"`{name}`{only} ({result})"


def rows() -> Iterator[tuple[str, partial[str]]]:
    """Yield each kind of client with what returns its words for a release."""
    table = client_results.read()
    for kind in KINDS:
        version = f" ({OPENAI[kind]})" if kind in OPENAI else ""
        yield f"{kind}{version}", partial(line, table, kind)

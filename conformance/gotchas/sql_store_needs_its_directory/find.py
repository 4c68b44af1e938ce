"""Finds SQL stores in directories that nothing creates."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from conformance.judge import storage
from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


AT_ONCE = "<0.6.1 | >=1.0.0"  # elsewhere a SQL store opens its file when it is first used


def find(case: Case) -> Iterator[Finding]:
    """Yield each SQL store whose directory must be there before the start."""
    made = {str(PurePath(path).parent) for _, path in storage.files(case, "kv")}
    made |= {str(above) for path in made for above in PurePath(path).parents} | {"."}
    at_once = case.schema.release.within(AT_ONCE)
    for place, path in storage.files(case, "sql"):
        parent = str(PurePath(path).parent)
        if parent in made or path.startswith((":memory:", "file:")):
            continue
        yield shown(
            "sql-directory",
            Effect.MEANS_SOMETHING_ELSE,
            place,
            f"nothing creates the directory `{parent}`: unless it is there, "
            + ("the start fails" if at_once else "the first use of the store fails"),
            f"create `{parent}` first, or put a key-value store into it, which creates it",
            gotcha="sql-store-needs-its-directory",
            level=Level.WARNING if at_once else Level.NOTE,
        )

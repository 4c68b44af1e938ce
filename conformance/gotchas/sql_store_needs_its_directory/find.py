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
HOME = "${env.HOME}"  # what `~` is in the path of a SQL store


def find(case: Case) -> Iterator[Finding]:
    """Yield each SQL store whose directory must be there before the start."""
    written = {place: text.replace(HOME, "~") for place, text in case.texts}
    made = _made(case) | {"."}
    at_once = case.schema.release.within(AT_ONCE)
    for place, path in storage.files(case, "sql"):
        parent = str(PurePath(path).parent)
        known = {parent, str(PurePath(written[place]).parent)} & made
        if known or path.startswith((":memory:", "file:")):
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


def _made(case: Case) -> set[str]:
    """Return the directories that key-value stores create, as a SQL store would name them."""
    made: set[str] = set()
    for place, text in case.texts:
        backend = place[:2] == ("storage", "backends") and place[-1] == "db_path"
        if not backend or case.at(*place[:-1], "type") != "kv_sqlite" or text.startswith("~"):
            continue  # a bare `~` is the name of a directory here
        for path in (text.replace(HOME, "~"), case.at(*place)):
            made |= (
                {str(above) for above in PurePath(path).parents} if isinstance(path, str) else set()
            )
    return made

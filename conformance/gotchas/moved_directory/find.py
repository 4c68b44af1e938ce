"""Finds stores below `~/.llama`, which a start moves away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

MOVING = ">=0.8.0"
BELOW = re.compile(
    r":[=+]~/\.llama/|\$\{env\.HOME\}/\.llama/|^/(root|home/[^/]+|Users/[^/]+)/\.llama/"
)
BARE = "~/.llama/"  # a key-value store does not expand it, so it is not moved (`tilde-path`)


def find(case: Case) -> Iterator[Finding]:
    """Yield each path of a backend that the first start moves away."""
    if not case.schema.release.within(MOVING):
        return
    for place, text in case.texts:
        if place[:2] != ("storage", "backends") or place[-1] != "db_path":
            continue
        expanded = case.at(*place[:-1], "type") == "sql_sqlite" and text.startswith(BARE)
        if expanded or BELOW.search(text):
            yield shown(
                "moved-store",
                Effect.MEANS_SOMETHING_ELSE,
                place,
                "a start that finds `~/.llama` and no `~/.ogx` moves the one to the other: this "
                "store then begins empty",
                "write `.ogx` for `.llama` in its path, or keep it elsewhere",
                gotcha="moved-directory",
            )

"""Finds gotchas: each that can be seen in a config has a `find` beside its checks."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from conformance import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

    type Find = Callable[[Case], Iterator[Finding]]

FOLDER = PACKAGE / "gotchas"


@cache
def finds() -> dict[str, Find]:
    """Return what finds each gotcha that a config can show, by the gotcha's folder."""
    names = sorted(file.parent.name for file in FOLDER.glob("*/find.py"))
    return {name: import_module(f"conformance.gotchas.{name}.find").find for name in names}


def findings(case: Case) -> Iterator[Finding]:
    """Yield every gotcha that a config shows."""
    for find in finds().values():
        yield from find(case)

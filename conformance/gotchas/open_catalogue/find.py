"""Finds a gateway whose list of models anyone can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


OPEN = "<0.7.0"


def find(case: Case) -> Iterator[Finding]:
    """Yield that models can be added and hidden by whoever reaches the gateway."""
    if case.serves_strangers and case.schema.release.within(OPEN):
        yield shown(
            "open-catalogue",
            Effect.EXPOSES,
            ("server",) if "server" in case.config else (),
            "anyone who reaches the gateway can add and hide models",
            "set `server.auth`, or keep strangers away in the proxy",
            level=Level.NOTE,
        )

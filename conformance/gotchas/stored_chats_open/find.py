"""Finds a gateway that stores chats and asks nobody who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield that stored chats are open to whoever reaches the gateway."""
    stored = case.at("storage", "stores", "inference", "enabled") is not False
    if case.serves_strangers and stored:
        yield shown(
            "stored-chats-open",
            Effect.EXPOSES,
            ("server",) if "server" in case.config else (),
            "every chat is stored, and anyone who reaches the gateway can read all of them",
            "set `server.auth`, or keep strangers away in the proxy",
            level=Level.NOTE,
        )

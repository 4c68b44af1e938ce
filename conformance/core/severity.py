"""Rates how much a trap hurts, and names what it exposes. Values only, no I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class Severity(StrEnum):
    """How much a trap hurts where it bites; the most severe first.

    Rated by who is hurt and whether anybody notices, not by how likely it is; `MEANING` says what
    each stands for.
    """

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def at_least(self, other: Severity) -> bool:
        """Tell whether this is as severe as another, or more."""
        order = list(Severity)
        return order.index(self) <= order.index(other)


class Exposed(StrEnum):
    """What a trap gives to somebody it does not belong to."""

    KEY = "key"
    TEXT = "text"
    CONFIG = "config"
    MONEY = "money"


MEANING = {
    Severity.CRITICAL: "anyone who reaches the gateway can take what is not theirs, or stop it",
    Severity.HIGH: "a key, texts, money or whole answers are lost, and nobody is told",
    Severity.MEDIUM: "the gateway does something other than its config or a caller's request says",
    Severity.LOW: "the mistake is visible at once, or changes nothing but what people are told",
}
WHOSE = {
    Exposed.KEY: "a caller's or the operator's key",
    Exposed.TEXT: "prompts and answers",
    Exposed.CONFIG: "the gateway's config, or the network it stands in",
    Exposed.MONEY: "use of a vendor that somebody else pays for",
}


def listed(exposes: Collection[Exposed]) -> str:
    """Return what a trap exposes in one fixed order, `key, text`; "" for nothing."""
    return ", ".join(each for each in Exposed if each in exposes)


def described(severity: Severity, exposes: Collection[Exposed]) -> str:
    """Return a rating as people read it: `high, exposes key, text`."""
    return f"{severity}, exposes {listed(exposes)}" if exposes else str(severity)

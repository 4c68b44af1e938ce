"""Turns an observation into a verdict, and the outcomes of a topic's checks into its standing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.core.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.core.expectations import Expectation


def verdict(expectation: Expectation, observed: str | None) -> Verdict:
    """Return how an observation compares with what is expected; None is no observation.

    What nobody has measured can be neither as expected nor a drift.
    """
    if expectation.reason is not None:
        return Verdict.NOT_APPLICABLE
    if observed is None or expectation.outcome is None:
        return Verdict.ERROR
    return Verdict.AS_EXPECTED if observed == expectation.outcome else Verdict.DRIFT


class Standing(StrEnum):
    """Whether a trap is there on a release, as far as its checks could tell."""

    BITES = "bites"
    DOES_NOT_BITE = "does not bite"
    NOT_ASKED_IN_FULL = "not asked in full"
    NOT_MEASURED = "not measured"


def standing(
    bites: Collection[str], outcomes: Iterable[str | None], *, measured: bool = True
) -> Standing:
    """Return the standing of a topic, from the outcomes of all its checks; None was not observed.

    One check that bites is enough; that a trap does not bite, all of its checks must say. Nothing
    is concluded from what was not asked, and nothing at all if nobody has `measured` any of it.
    """
    seen = list(outcomes)
    if any(outcome in bites for outcome in seen):
        return Standing.BITES
    if not measured:
        return Standing.NOT_MEASURED
    return Standing.NOT_ASKED_IN_FULL if None in seen or not seen else Standing.DOES_NOT_BITE

"""The outcomes of a check that holds an answer against the contract: the names of deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.contract.deviation import CONTRACT
from conformance.contract.names import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract.deviation import Deviation

KEPT, SEVERAL, REFUSED = "kept", "several", "refused"
APART: Final = {"no-done"}  # a gotcha of its own

RESULTS: Final = {
    KEPT: "the answer deviates in nothing in which the vendor's own does not",
    SEVERAL: "the answer deviates in several ways in which the vendor's does not",
    REFUSED: "the caller gets another status than the vendor sends",
    **{name.replace("-", "_"): sentence for name, sentence in SENTENCES.items()},
}
BITES: Final = frozenset({SEVERAL, REFUSED, *SENTENCES})


def of(found: Iterable[Deviation]) -> str:
    """Return the outcome for deviations that clients break on; `kept` if there are none.

    That no stream ends with `[DONE]` is a gotcha of its own, `stream-done`.
    """
    names = {each.name for each in found if each.layer == CONTRACT} - APART
    return SEVERAL if len(names) > 1 else min(names, default=KEPT)

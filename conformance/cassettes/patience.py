"""Ends the recording of a vendor that has refused twice for one cause."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

ENOUGH = 2


@dataclass(slots=True)
class Patience:
    """What each vendor refused for since it last answered; `done` says which are given up, why."""

    done: dict[str, str] = field(default_factory=dict)
    _refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refused(self, upstream: str, cause: str) -> None:
        """Count a refusal, or a request without an answer."""
        self._refusals[upstream, cause] += 1
        if self._refusals[upstream, cause] >= ENOUGH:
            self.done.setdefault(upstream, cause)

    def answered(self, upstream: str) -> None:
        """Forget what a vendor refused before: what passes by itself is no reason to stop."""
        for known in [each for each in self._refusals if each[0] == upstream]:
            del self._refusals[known]

"""Has two releases start the witnesses of an upgrade, and says whether they do as is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.releases import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.core.releases import Release
    from conformance.judge.witness import Witness
    from conformance.releases.upgrade import Trial


@dataclass(frozen=True, slots=True)
class Shown:
    """A witness, started on both releases."""

    witness: Witness
    old: Trial
    new: Trial

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against it: the newer release refuses, the older one does not.

        What a machine lacks speaks neither for nor against.
        """
        return not _refused(self.old) and not self.new.came_up

    @property
    def decided(self) -> bool:
        """Whether both releases could be asked."""
        return self.old.came_up and _refused(self.new)

    def __str__(self) -> str:
        word = "shown" if self.decided else "undecided" if self.agrees else "NOT SHOWN"
        return f"{word}: {self.witness.what}\n  {_said(self.old)}\n  {_said(self.new)}"


def _refused(trial: Trial) -> bool:
    return bool(trial.failure) and not trial.lacked


def _said(trial: Trial) -> str:
    if trial.came_up:
        return f"{trial.release} starts"
    why = trial.untried or trial.lacked or trial.failure
    return f"{trial.release} {'refuses' if _refused(trial) else 'cannot be asked'}: {why}"


def tried(witness: Witness, old: Release, new: Release) -> Shown:
    """Have both releases start a witness, each in its own environment."""
    return Shown(witness, upgrade.tried(old, witness.text), upgrade.tried(new, witness.text))


def unique(found: Iterable[Witness | None]) -> list[Witness]:
    """Return every witness once."""
    return list({each.text: each for each in found if each is not None}.values())

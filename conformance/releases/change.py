"""One thing that changes between two releases, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.judge.witness import Witness
    from conformance.schemas.parts import Part

RELEASE = "RELEASE"  # stands in a command for each of the two releases


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes, and what to do about it.

    `topic` and `check` name what observed it, if a check did; `part` is what is gone. The lines of
    a `witness`, or a `command`, show it: these pass with the older release only. `everyone` meets
    what is about the installation, whatever the config; of `kinds` of providers, only who has one.
    A trap that is `worse` bites on both releases.
    """

    what: str
    cure: str = ""
    topic: str = ""
    check: str = ""
    witness: Witness | None = None
    command: str = ""
    part: Part | None = None
    everyone: bool = False
    kinds: frozenset[str] = frozenset()
    worse: bool = False

    @property
    def shown_by(self) -> str:
        """The command that passes with the older release and fails with the newer one.

        For what a check has seen the suite asks it; "" if only a `witness` shows the change, or if
        both releases fail.
        """
        asks = f"llama-conformance matrix {RELEASE} --bites --check {self.check}"
        return self.command or (asks if self.check and not self.worse else "")

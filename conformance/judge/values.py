"""Values of a config that are not what the file says: unknown until the start, or left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that depends on a variable whose value is not known; any type may come of it."""

    text: str


class _LeftOut:
    """An entry of a list that the release drops before it reads it."""


LEFT_OUT = _LeftOut()

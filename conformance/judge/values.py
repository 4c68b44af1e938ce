"""Values of a config: its texts, and those that are not what the file says.

These are unknown until the start, or left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.finding import Path


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that depends on a variable whose value is not known; any type may come of it."""

    text: str


class _LeftOut:
    """An entry of a list that the release drops before it reads it."""


LEFT_OUT = _LeftOut()


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text below a value that has a key or an index, with its place."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from texts(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from texts(child, (*path, index))
    elif isinstance(value, str) and path:
        yield path, value

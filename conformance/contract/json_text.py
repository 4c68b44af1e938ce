"""Parses JSON as RFC 8259 has it: no `NaN`, no `Infinity`, and each field of an object once.

Python's parser takes all of these; those of other languages refuse the numbers, or keep the other
one of two fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, and the names of fields that one object has twice."""

    value: Any
    twice: tuple[str, ...]


def parsed(text: str) -> Parsed:
    """Return the value of a JSON text; raises `ValueError` if it is none."""
    twice: list[str] = []

    def collected(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _value in pairs]
            twice.extend(name for name in fields if names.count(name) > 1)
        return fields

    value = json.loads(text, object_pairs_hook=collected, parse_constant=_refused)
    return Parsed(value, tuple(twice))


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")

"""Parses JSON as RFC 8259 has it: no `NaN`, no `Infinity`, and each field of an object once.

Python's parser takes all of these; those of other languages refuse the numbers, or keep the other
one of two fields. Half of a surrogate pair (RFC 8259, 8.2) some refuse and some replace.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn

ESCAPED: Final = r"\ud"  # how an escaped surrogate begins


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, the names of fields that one object has twice, and whether a letter is half."""

    value: Any
    twice: tuple[str, ...] = ()
    half: bool = False


def parsed(text: str) -> Parsed:
    """Return the value of a JSON text; raises `ValueError` if it is none, or nested too deep."""
    twice: list[str] = []

    def collected(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _value in pairs]
            twice.extend(name for name in fields if names.count(name) > 1)
        return fields

    try:
        value = json.loads(text, object_pairs_hook=collected, parse_constant=_refused)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return Parsed(value, tuple(twice), _has_half(text, value))


def _has_half(text: str, value: Any) -> bool:
    """Return whether a text of the value has half of a surrogate pair, which UTF-8 cannot write."""
    if ESCAPED not in text.lower():
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")

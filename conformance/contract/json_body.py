"""Reads a plain answer: `Content-Type`, and a body that is one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import json_text
from conformance.contract.deviation import CONTRACT, STRICT, Answer, Deviation, media_type, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read(answer: Answer) -> tuple[Mapping[str, Any] | None, list[Deviation]]:
    """Return the object, or None if the body is none, and the deviations of the transport."""
    found = list(media_type(answer, "application/json"))
    try:
        body = json_text.parsed(answer.text)
    except ValueError:
        return None, [*found, Deviation("not-json", CONTRACT, "$", shown(answer.text))]
    found += disputed(body, "$")
    if not isinstance(body.value, dict):
        return None, [*found, Deviation("no-object", CONTRACT, "$", shown(body.value))]
    return body.value, found


def disputed(body: json_text.Parsed, path: str) -> Iterator[Deviation]:
    """Yield a deviation for what parsers read differently: repeated fields, half letters."""
    for name in body.twice:
        yield Deviation("field-twice", CONTRACT, path, name)
    if body.half:
        yield Deviation("half-letter", STRICT, path, "half of a surrogate pair")


def objects(
    body: Mapping[str, Any], field: str, path: str, name: str
) -> tuple[list[Mapping[str, Any]], list[Deviation]]:
    """Return the objects of a list, and a deviation if it is no list, or holds anything else."""
    found = body.get(field)
    if not isinstance(found, list):
        return [], [Deviation(name, CONTRACT, f"{path}.{field}", shown(found))]
    strays = [
        Deviation(name, CONTRACT, f"{path}.{field}[{place}]", shown(item))
        for place, item in enumerate(found)
        if not isinstance(item, dict)
    ]
    return [item for item in found if isinstance(item, dict)], strays

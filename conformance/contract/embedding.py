"""What an answer with embeddings is: one vector for each text, as floats or as base64."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from conformance.contract import fields, head, json_body, usage
from conformance.contract.deviation import CONTRACT, Answer, Deviation, shown

FLOAT_BYTES = 4


def deviations(
    answer: Answer, *, texts: int = 1, base64_asked: bool = False, numbers: Any = None
) -> list[Deviation]:
    """Return the deviations of the embeddings of so many texts, in the form that was asked for.

    Each vector has as many `numbers` as were asked for, or as the others.
    """
    body, found = json_body.read(answer)
    if body is None:
        return found
    found += fields.one_of(body, "object", "$", "object", {"list"})
    found += fields.text(body, "model", "$", "model")
    data, strays = json_body.objects(body, "data", "$", "data")
    found += strays
    if len(data) != texts and not strays:
        found.append(Deviation("data", CONTRACT, "$.data", f"{len(data)} for {texts} texts"))
    fits = _is_packed if base64_asked else _is_floats
    for place, item in enumerate(data):
        path = f"$.data[{place}]"
        found += head.index(item, place, path)
        found += fields.one_of(item, "object", path, "object", {"embedding"})
        vector = item.get("embedding")
        if not fits(vector):
            found.append(Deviation("embedding", CONTRACT, f"{path}.embedding", shown(vector)))
    lengths = {_length(item.get("embedding")) for item in data if fits(item.get("embedding"))}
    if len(lengths) > 1 or (lengths and isinstance(numbers, int) and lengths != {numbers}):
        found.append(Deviation("dimensions", CONTRACT, "$.data", shown(sorted(lengths))))
    return [*found, *usage.deviations(body.get("usage"), "$.usage", usage.INPUT)]


def _length(vector: Any) -> int:
    """Return how many numbers a vector has."""
    return len(base64.b64decode(vector)) // FLOAT_BYTES if isinstance(vector, str) else len(vector)


def _is_floats(vector: Any) -> bool:
    return (
        isinstance(vector, list)
        and bool(vector)
        and all(isinstance(number, int | float) and number is not True for number in vector)
    )


def _is_packed(vector: Any) -> bool:
    try:
        packed = base64.b64decode(vector, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return False
    return bool(packed) and not len(packed) % FLOAT_BYTES

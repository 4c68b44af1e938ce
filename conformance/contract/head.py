"""What stands above the choices of an answer: id, object, time, model; constant over chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import fields
from conformance.contract.deviation import CONTRACT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONSTANT = {"id": "changing-id", "created": "changing-created", "model": "changing-model"}


def deviations(body: Mapping[str, Any], kind: str, path: str = "$") -> Iterator[Deviation]:
    """Yield the deviations of the head of an answer whose `object` is to be `kind`."""
    yield from fields.text(body, "id", path, "id")
    yield from fields.one_of(body, "object", path, "object", {kind})
    yield from fields.time(body, path)
    yield from fields.text(body, "model", path, "model")


def of_chunks(chunks: list[Mapping[str, Any]], kind: str) -> Iterator[Deviation]:
    """Yield the deviations of the heads of a stream's chunks, and what is not the same in all."""
    for place, chunk in enumerate(chunks):
        yield from deviations(chunk, kind, f"chunk {place}")
    for field, name in CONSTANT.items():
        values = [chunk.get(field) for chunk in chunks]
        if any(value != values[0] for value in values):
            yield Deviation(name, CONTRACT, f"chunks.{field}", shown(values))


def index(item: Mapping[str, Any], place: int, path: str) -> Iterator[Deviation]:
    """Yield a deviation if the `index` of a list's item is not its place."""
    if not fields.is_count(item.get("index")) or item["index"] != place:
        yield Deviation("index", CONTRACT, f"{path}.index", shown(item.get("index")))

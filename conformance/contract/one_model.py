"""What one model is, in a list or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import fields, json_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.contract.deviation import Answer, Deviation

FIELDS = {"id", "object", "created", "owned_by"}


def deviations(answer: Answer) -> list[Deviation]:
    """Return the deviations of an answer that is one model."""
    body, found = json_body.read(answer)
    return found if body is None else [*found, *of(body, "$")]


def of(model: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    """Yield the deviations of a model at a path of an answer."""
    yield from fields.text(model, "id", path, "id")
    yield from fields.one_of(model, "object", path, "object", {"model"})
    yield from fields.time(model, path)
    yield from fields.text(model, "owned_by", path, "owned-by")
    yield from fields.no_more(model, FIELDS, path)

"""Says what to use instead of a part that a release does not have any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import apis, moves, provider_types

if TYPE_CHECKING:
    from conformance.judge.moves import Move
    from conformance.schemas.parts import Part
    from conformance.schemas.reading import Schema


def of(part: Part, schema: Schema) -> str:
    """Return what takes the place of a part on a release; "" if nothing is known to."""
    if part.field:
        move = _move(part, schema)
        return "" if move is None else _said(move, part)
    if part.kind:
        after = provider_types.successor(schema, part.api, part.kind)
        nothing = provider_types.NOTHING.get(f"{part.api} {part.kind}", "")
        return f"`{after}`" if after else nothing
    text = apis.INSTEAD.get(part.api, "")
    successor = text.split("`")[1] if text.startswith("`") else ""
    return text if not successor or successor in schema.apis else ""


def _move(part: Part, schema: Schema) -> Move | None:
    steps = tuple(step.removesuffix("[]") for step in part.field.split(".") if step != "*")
    if not part.kind:
        return moves.of(steps, schema.stack, schema)
    model = schema.config(part.api, part.kind)
    place = ("providers", part.api, 0, "config")
    return None if model is None else moves.of((*place, *steps), model, schema)


def _said(move: Move, part: Part) -> str:
    if move.text:
        return move.text
    to = move.to[4:] if part.kind else move.to
    return f"`{'.'.join(map(str, to))}`"

"""Knows where keys went: the table in `moves.toml`, tried against the models of a release."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.diagnose.finding import Path
    from conformance.schemas.reading import Json, Schema

TABLE = File(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Move:
    """Where a key went. `to` is a place in the config, empty if only `text` can be said."""

    to: Path = ()
    keeps: bool = False
    text: str = ""


@cache
def _rows() -> dict[str, Json]:
    rows: list[Json] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["move"]
    return {("*." if row.get("anywhere") else "") + row["key"]: row for row in rows}


def of(path: Path, model: Json, schema: Schema) -> Move | None:
    """Return where a key went on a release; None if the table does not say.

    `model` is the one that would have read the key.
    """
    whole = ".".join(step for step in path if isinstance(step, str))
    if row := _rows().get(whole):
        return _found(row, (), schema.stack, schema)
    row = _rows().get(f"*.{path[-1]}") if len(path) > 1 else None
    return _found(row, path[:-1], model, schema) if row else None


def _found(row: Json, above: Path, model: Json, schema: Schema) -> Move | None:
    for place in row.get("to", ()):
        steps = tuple(place.split("."))
        if knows(model, steps, schema):
            return Move((*above, *steps), row.get("keeps", False))
    return Move(text=row["text"]) if row.get("text") else None


def knows(model: Json, steps: tuple[str, ...], schema: Schema) -> bool:
    """Return whether a model has a field at the end of some steps."""
    field = _field(model, steps[0])
    if field is None:
        return False
    below = [schema.model(key) for key in _models(field["type"])]
    return len(steps) == 1 or any(knows(inner, steps[1:], schema) for inner in below)


def _field(model: Json, name: Any) -> Json | None:
    for attribute, field in model["fields"].items():
        if name in field.get("names", [attribute]):
            found: Json = field
            return found
    return None


def _models(kind: Any) -> list[str]:
    if not isinstance(kind, dict):
        return []
    if "model" in kind:
        return [kind["model"]]
    return [key for branch in kind.get("any_of", ()) for key in _models(branch)]

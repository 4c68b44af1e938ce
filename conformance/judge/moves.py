"""Knows where keys went: the table in `moves.toml`, tried against the models of a release."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from conformance.schemas.reading import models_of

if TYPE_CHECKING:
    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json, Schema

TABLE = File(__file__).with_suffix(".toml")
STACK = ""  # stands for the config as a whole, where models are named


@dataclass(frozen=True, slots=True)
class Move:
    """Where a key went. `to` is a place in the config, empty if only `text` can be said."""

    to: Path = ()
    keeps: bool = False
    text: str = ""

    @property
    def said(self) -> str:
        """The move in words."""
        return self.text or f"moved to `{'.'.join(map(str, self.to))}`"


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


def models_at(model: Json, steps: tuple[str, ...], schema: Schema) -> list[Json]:
    """Return the models that a value at the end of some steps may have."""
    field = _field(model, steps[0])
    below = [schema.model(key) for key in models_of(field["type"])] if field else []
    if len(steps) == 1:
        return below
    return [found for inner in below for found in models_at(inner, steps[1:], schema)]


def fields_of(model: Json, name: str, schema: Schema) -> list[str]:
    """Return the required fields of the model that a field holds."""
    below = models_at(model, (name,), schema)
    return [key for one in below for key, field in one["fields"].items() if field.get("required")]


def knows(model: Json, steps: tuple[str, ...], schema: Schema) -> bool:
    """Return whether a model has a field at the end of some steps."""
    field = _field(model, steps[0])
    if field is None:
        return False
    below = [schema.model(key) for key in models_of(field["type"])]
    return len(steps) == 1 or any(knows(inner, steps[1:], schema) for inner in below)


def _field(model: Json, name: Any) -> Json | None:
    for attribute, field in model["fields"].items():
        if name in field.get("names", [attribute]):
            found: Json = field
            return found
    return None


def deprecations(schema: Schema) -> dict[str, dict[str, str]]:
    """Return, by model, the keys that a release no longer reads, with where each went."""
    found: dict[str, dict[str, str]] = {}
    models = {STACK: schema.stack, **schema.facts["models"]}
    for row in _rows().values():
        name = row["key"].split(".")[-1]
        for key in models if row.get("anywhere") else _holders(row["key"], schema):
            move = _found(row, (), models[key] if row.get("anywhere") else schema.stack, schema)
            # A move without a target says something of one place only.
            known = move is not None and (move.to or not row.get("anywhere"))
            if move and known and _field(models[key], name) is None:
                found.setdefault(key, {})[name] = move.said
    return found


def _holders(place: str, schema: Schema) -> list[str]:
    """Return the models in which the last step of a place would be a key."""
    models = [STACK]
    for step in place.split(".")[:-1]:
        fields = [_field(schema.model(key) if key else schema.stack, step) for key in models]
        models = [key for field in fields if field for key in models_of(field["type"])]
    return models

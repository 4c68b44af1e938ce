"""Makes configs from the schema of a release, right ones and slightly wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from conformance.schemas.reading import Json, Schema

WRONG: tuple[Any, ...] = ("text", "", 7, -3, 0, 1.5, True, None, [], {}, [1], {"a": 1}, "12", "yes")
RIGHT: dict[str, tuple[Any, ...]] = {
    "str": ("text", "7", "{query} {index}"),
    "path": ("/a/b",),
    "url": ("http://a.example", "https://a.example:8000/v1"),
    "int": (1, 64, "12", 2.0),
    "float": (0.5, 3, "1.5"),
    "bool": (True, False, "yes", 0),
    "null": (None,),
    "falsy": (None, False, 0, "", [], {}),
    "any": WRONG,
}
OF_THE_MACHINE = frozenset({"tls_verify"})  # refused if it names a file that is not there
SLIP = 0.06  # how often a value is any other one
LEAVE_OUT = 0.04
OPTIONAL = 0.5
DEEPEST = 6


def value(kind: Any, schema: Schema, chance: Random, depth: int = 0) -> Any:
    """Return a value that a type mostly allows."""
    if chance.random() < SLIP:
        return chance.choice(WRONG)
    if isinstance(kind, str):
        return chance.choice(RIGHT[kind])
    if "one" in kind:
        return chance.choice(kind["one"])
    if "any_of" in kind:
        return value(chance.choice(kind["any_of"]), schema, chance, depth)
    return _made(kind, schema, chance, depth)


def _made(kind: Json, schema: Schema, chance: Random, depth: int) -> Any:
    if "list" in kind:
        return [value(kind["list"], schema, chance, depth + 1) for _ in range(chance.randrange(3))]
    if "map" in kind:
        keys = ("a", "b")[: chance.randrange(3)]
        return {key: value(kind["map"], schema, chance, depth + 1) for key in keys}
    if "model" in kind:
        return model(schema.model(kind["model"]), schema, chance, depth + 1)
    return value(kind["type"], schema, chance, depth)


def model(definition: Json, schema: Schema, chance: Random, depth: int = 0) -> Json:
    """Return a mapping that a model mostly allows; sometimes with a key it does not know."""
    made: Json = {}
    for attribute, field in definition["fields"].items():
        if attribute in OF_THE_MACHINE:
            continue
        odds = 1 - LEAVE_OUT if field.get("required") else OPTIONAL if depth < DEEPEST else 0
        if chance.random() < odds and not field.get("before"):
            name = chance.choice(field.get("names", [attribute]))
            made[name] = value(field["type"], schema, chance, depth)
    if chance.random() < SLIP:
        made["unknown_key"] = 1
    return made

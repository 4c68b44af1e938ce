"""Compares values with the types of a release's models, as pydantic does in its lax mode.

Yields everything that does not fit and every key that no model reads. A value that is not known
fits everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from conformance.judge import field_validators, scalars, validators
from conformance.judge.values import LEFT_OUT, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json, Schema


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the release's models refuse. `missing` is the name of a field that is not there.

    `message` goes on after the place ("must be text"), or is a sentence about what is in it.
    """

    path: Path
    message: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A key that no model reads, beside the model that might have, and the keys around it."""

    path: Path
    value: Any
    model: Json
    around: frozenset[str]

    @property
    def meant(self) -> str:
        """The name it is a misspelling of; "" if none is near."""
        known = (one.get("names", [name]) for name, one in self.model["fields"].items())
        free = [name for names in known for name in names if name not in self.around]
        near = get_close_matches(str(self.path[-1]), free, n=1, cutoff=0.75)
        return near[0] if near else ""


@dataclass(slots=True)
class Seen:
    """What was found in a value."""

    faults: list[Fault] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, other: Seen) -> None:
        """Take over what was found in a part."""
        self.faults += other.faults
        self.unread += other.unread


def compare(value: Any, kind: Any, schema: Schema, path: Path) -> Seen:
    """Return what does not fit in a value of a type (see `schemas.models` for types)."""
    if isinstance(value, Unknown):
        return Seen()
    if isinstance(kind, str):
        return _scalar(value, kind, path)
    for part, compared in _PARTS.items():
        if part in kind:
            return _limited(compared(value, kind, schema, path), value, kind, path)
    return _limited(compare(value, kind["type"], schema, path), value, kind, path)


def _scalar(value: Any, kind: str, path: Path) -> Seen:
    message = scalars.trouble(value, kind)
    return Seen([Fault(path, message)]) if message else Seen()


def _limited(seen: Seen, value: Any, kind: Json, path: Path) -> Seen:
    message = "" if seen.faults else scalars.beyond(value, kind)
    return Seen([Fault(path, message)], seen.unread) if message else seen


def _one(value: Any, kind: Json, schema: Schema, path: Path) -> Seen:
    del schema
    if value in kind["one"]:
        return Seen()
    known = ", ".join(map(str, kind["one"]))
    return Seen([Fault(path, f"must be {'one of ' if len(kind['one']) > 1 else ''}{known}")])


def _list(value: Any, kind: Json, schema: Schema, path: Path) -> Seen:
    if not isinstance(value, list):
        return Seen([Fault(path, "must be a list")])
    seen = Seen()
    for index, item in enumerate(value):
        if item is not LEFT_OUT:
            seen.add(compare(item, kind["list"], schema, (*path, index)))
    return seen


def _map(value: Any, kind: Json, schema: Schema, path: Path) -> Seen:
    if not isinstance(value, dict):
        return Seen([Fault(path, "must be a mapping")])
    seen = Seen()
    for key, item in value.items():
        seen.add(compare(item, kind["map"], schema, (*path, key)))
    return seen


def _any_of(value: Any, kind: Json, schema: Schema, path: Path) -> Seen:
    branches = kind["any_of"]
    if "tag" in kind and isinstance(value, dict):
        return _tagged(value, kind, schema, path)
    found = [compare(value, branch, schema, path) for branch in branches]
    fitting = [seen for seen in found if not seen.faults]
    if fitting:
        return min(fitting, key=lambda seen: len(seen.unread))
    if isinstance(value, dict | list):
        meant = [seen for seen, each in zip(found, branches, strict=True) if _alike(value, each)]
        return min(meant or found, key=lambda seen: len(seen.faults))
    return Seen([Fault(path, _either(dict.fromkeys(seen.faults[0].message for seen in found)))])


def _alike(value: Any, kind: Any) -> bool:
    """Return whether a mapping or a list may have been meant as of a type, however faulty."""
    parts = {"list"} if isinstance(value, list) else {"map", "model"}
    return isinstance(kind, dict) and bool(kind.keys() & {*parts, "any_of"})


def _either(messages: Iterable[str]) -> str:
    first, *others = messages
    return ", or ".join([first, *(each.removeprefix("must be ") for each in others)])


def _tagged(value: Json, kind: Json, schema: Schema, path: Path) -> Seen:
    tag = kind["tag"]
    models = [branch for branch in kind["any_of"] if isinstance(branch, dict) and "model" in branch]
    if tag not in value:
        return Seen([Fault(path, "is missing; it says what the rest is", tag)])
    if isinstance(value[tag], Unknown):
        return Seen()
    known: list[Any] = []
    for branch in models:
        values = schema.model(branch["model"])["fields"][tag]["type"]
        values = values.get("one", []) if isinstance(values, dict) else []
        if value[tag] in values:
            return compare(value, branch, schema, path)
        known += values
    return Seen([Fault((*path, tag), f"must be one of {', '.join(map(str, known))}")])


def _model(value: Any, kind: Json, schema: Schema, path: Path) -> Seen:
    return against(value, schema.model(kind["model"]), schema, path)


def against(value: Any, model: Json, schema: Schema, path: Path) -> Seen:
    """Return what does not fit in a value that should be a model."""
    if isinstance(value, Unknown):
        return Seen()
    if not isinstance(value, dict):
        return Seen([Fault(path, "must be a mapping")])
    seen, read = Seen(), set()
    for attribute, one in model["fields"].items():
        spelt = one.get("names") or [attribute]
        given = [name for name in spelt if name in value]
        if given:
            name = given[0]
            read.add(name)
            if not one.get("before"):
                seen.add(compare(value[name], one["type"], schema, (*path, name)))
        elif one.get("required"):
            seen.faults.append(Fault(path, "is missing", spelt[0]))
    unread = [key for key in value if key not in read]
    if model["extra"] == "forbid":
        seen.faults += [Fault((*path, key), "is no key that is allowed here") for key in unread]
    seen.faults += _checked(value, model, schema, path, seen.faults)
    if model["extra"] == "ignore":
        around = frozenset(map(str, value))
        seen.unread += [Unread((*path, key), value[key], model, around) for key in unread]
    return seen


def _checked(
    value: Json, model: Json, schema: Schema, path: Path, before: list[Fault]
) -> list[Fault]:
    """Return what the model's own checks refuse; those of the whole come last, if nothing else."""
    at_fault = {fault.path[len(path)] for fault in before if len(fault.path) > len(path)}
    found = [
        Fault((*path, name), message)
        for name, message in field_validators.of_fields(value, model, at_fault)
    ]
    if before or found:
        return found
    return [Fault(path, message) for message in validators.of_whole(value, model, schema.release)]


_PARTS = {"one": _one, "list": _list, "map": _map, "any_of": _any_of, "model": _model}

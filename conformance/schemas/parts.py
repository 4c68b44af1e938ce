"""Names everything that a release lets a config say, so that two releases can be subtracted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.schemas.reading import Json, Schema

# The stores that a release moves from key-value to SQL by itself, if it migrates any.
MIGRATED = ("prompts", "connectors")
SETS_THE_VERSION = ">=1.0"  # whatever the file says; earlier servers hand it to their models
EITHER_NAME = "validate_distro_name_migration"


class Part(NamedTuple):
    """An API, a provider type of it, or a field; of a provider's config, or else of the stack's.

    A field is dotted as a file spells it: `[]` stands for the items of a list, `*` for any key.
    """

    api: str = ""
    kind: str = ""
    field: str = ""

    def __str__(self) -> str:
        owner = f"provider `{self.kind}` of `{self.api}`" if self.kind else ""
        if self.field:
            return f"field `{self.field}`" + (f" of {owner}" if owner else "")
        return owner or f"API `{self.api}`"


def of(schema: Schema) -> set[Part]:
    """Return all parts of a release."""
    found = {Part(api) for api in schema.apis}
    found |= {Part(field=name) for name in _fields(schema.stack, schema)}
    for api in schema.providable:
        for kind in schema.types(api):
            found.add(Part(api, kind))
            model = schema.config(api, kind)
            if model is not None:
                found |= {Part(api, kind, name) for name in _fields(model, schema)}
    return found


def gone(old: Schema, new: Schema) -> list[Part]:
    """Return what an older release has and a newer one has not, nothing beside what it belongs to.

    An API that the release makes itself, to register what another one uses, belongs to that one.

    Not gone is what the newer release migrates by itself, and what its models take unseen.
    """
    missing = of(old) - of(new)
    tables = {Part(table) for router, table in old.routed.items() if Part(router) in missing}
    lost = missing - tables
    return sorted(part for part in lost if not follows(part, missing) and _matters(part, new))


def follows(part: Part, others: Collection[Part]) -> bool:
    """Return whether something comes or goes only because what it belongs to does."""
    owners = {Part(part.api), Part(part.api, part.kind)} if part.api else set()
    above = {part._replace(field=name) for name in _above(part.field)}
    return bool((owners - {part} | above) & set(others))


def _above(field: str) -> Iterator[str]:
    while "." in field:
        field = field.rpartition(".")[0]
        yield field
        yield field.removesuffix("[]").removesuffix(".*")


def _matters(part: Part, new: Schema) -> bool:
    if part.kind and part.field:
        model = new.config(part.api, part.kind)
        return model is not None and model["extra"] != "allow"
    migrated = [f"storage.stores.{name}." for name in MIGRATED if new.facts["migrates"]]
    return not part.field.startswith(tuple(migrated))


def _fields(
    model: Json, schema: Schema, prefix: str = "", outer: tuple[int, ...] = ()
) -> Iterator[str]:
    """Yield every field of a model and of the models in it; none is entered within itself."""
    for attribute, field in model["fields"].items():
        for name in field.get("names", [attribute]):
            yield prefix + name
            for key, step in _models(field["type"]):
                inner = schema.model(key)
                if id(inner) not in {*outer, id(model)}:
                    yield from _fields(inner, schema, f"{prefix}{name}{step}.", (*outer, id(model)))


def _models(kind: Any, step: str = "") -> Iterator[tuple[str, str]]:
    """Yield the models that a type mentions, each with the step to it: "", "[]" or ".*"."""
    if not isinstance(kind, dict):
        return
    if "model" in kind:
        yield kind["model"], step
    for branch in kind.get("any_of", ()):
        yield from _models(branch, step)
    for name, more in (("list", "[]"), ("map", ".*"), ("type", "")):
        if name in kind:
            yield from _models(kind[name], step + more)

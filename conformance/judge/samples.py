"""Makes the least that a release takes for a provider: what it requires, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.schemas.reading import Json, Schema

NAME = "witness"
NOWHERE = "http://127.0.0.1:9/v1"
SCALARS: Json = {"int": 1, "float": 1.0, "bool": True, "dict": {}, "list": [], "any": NAME}


def providers(api: str, kind: str, schema: Schema) -> Json:
    """Return a section `providers` with one of a type, and those that it needs."""
    found: Json = {}
    _add(found, api, kind, schema)
    return found


def _add(found: Json, api: str, kind: str, schema: Schema) -> None:
    entry: Json = {"provider_id": NAME, "provider_type": kind}
    model = schema.config(api, kind)
    if model is not None and (config := _of_model(model, schema)):
        entry["config"] = config
    found[api] = [entry]
    for need in schema.types(api)[kind]["needs"]:
        if need in schema.providable and need not in {*found, *schema.routed}:
            _add(found, need, _simplest(need, schema), schema)


def _simplest(api: str, schema: Schema) -> str:
    """Return the type of an API that needs the least."""

    def cost(kind: str) -> tuple[int, int, str]:
        model = schema.config(api, kind)
        required = 99 if model is None else sum(1 for _ in _required(model))
        return len(schema.types(api)[kind]["needs"]), required, kind

    return min(schema.types(api), key=cost)


def _required(model: Json) -> Iterator[tuple[str, Json]]:
    for attribute, field in model["fields"].items():
        if field.get("required"):
            yield field.get("names", [attribute])[0], field


def _of_model(model: Json, schema: Schema) -> Json:
    made = {name: _value(name, field["type"], schema) for name, field in _required(model)}
    if "backend" in model["fields"]:
        made["backend"] = "kv_default" if "namespace" in model["fields"] else "sql_default"
    return made


def _value(name: str, kind: Any, schema: Schema) -> Any:
    if isinstance(kind, str):
        return NOWHERE if "url" in name else SCALARS.get(kind, NAME)
    if "one" in kind:
        return kind["one"][0]
    if "model" in kind:
        return _of_model(schema.model(kind["model"]), schema)
    if "any_of" in kind:
        return _value(name, kind["any_of"][0], schema)
    if "type" in kind:
        return _value(name, kind["type"], schema)
    return [] if "list" in kind else {}

"""Finds what is wrong with stores: their backends, and the kinds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge import apis, shape
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.keys import dotted
from conformance.judge.stages import Stage
from conformance.schemas.reading import models_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json, Schema

DEFAULTS = {"kv_default": "kv_sqlite", "sql_default": "sql_sqlite"}
OLD_STORE = "inference_store"
KINDS = {"kv": "key-value (`kv_…`)", "sql": "SQL (`sql_…`)"}


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the stores of the stack and of its providers."""
    yield from _stores(case)
    yield from _no_store_inside(case)
    for order, provider in enumerate(case.providers):
        model = case.model(provider)
        if model is None or not provider.enabled:
            continue
        place = (*provider.path, "config")
        for path, kind, name in _references(provider.config, model, case.schema, place):
            yield from _wrong_backend(case, path, kind, name, Stage.INSTANCES + order)


def backends(case: Case) -> dict[str, Any]:
    """Return the names of the backends with their types."""
    given = case.at("storage", "backends")
    if given is None:
        return dict(DEFAULTS)
    if not isinstance(given, dict):
        return {}
    return {n: b.get("type") if isinstance(b, dict) else None for n, b in given.items()}


def _stores(case: Case) -> Iterator[Finding]:
    kinds = case.schema.facts["stores"]
    demanded = set(case.schema.facts["demanded_stores"])
    for order, (store, (path, value)) in enumerate(_effective(case, kinds | _extra(case)).items()):
        stops = Stage.MODELS + 900 + order if store in kinds else Stage.STORAGE + order
        if isinstance(value, dict):
            kind = kinds.get(store, _extra(case).get(store, "kv"))
            yield from _wrong_backend(case, path, kind, value.get("backend"), stops, store)
        elif value is None and store in demanded:
            yield from _absent(case, store, path)


def _no_store_inside(case: Case) -> Iterator[Finding]:
    """Yield an `inference_store` of 0.2 that is read as settings of a queue, without a store.

    The models take it: they have the text `sqlite` for the store then, and the start breaks on it.
    """
    field, value = case.schema.stack["fields"].get(OLD_STORE), case.at(OLD_STORE)
    if field is None or not isinstance(value, dict) or "sql_store_config" in value:
        return
    kinds = field["type"]["any_of"][:2]
    queue, store = (shape.compare(value, kind, case.schema, (OLD_STORE,)) for kind in kinds)
    taken = not queue.faults and (store.faults or len(queue.unread) <= len(store.unread))
    if taken and "inference" in apis.available(case):
        yield Finding(
            id="store-not-configured",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=(OLD_STORE,),
            what=f"`{OLD_STORE}` is read as settings of a queue, and has no `sql_store_config`",
            instead="write a whole store, with its `type`, under `sql_store_config`",
            stops=Stage.INSTANCES,
        )


def _extra(case: Case) -> dict[str, str]:
    """Return the stores that no validator checks and that a start still opens."""
    unchecked = set(case.schema.facts["demanded_stores"]) - case.schema.facts["stores"].keys()
    return dict.fromkeys({"connectors"} & unchecked, "kv")


def _absent(case: Case, store: str, path: Path) -> Iterator[Finding]:
    if "storage" not in case.config and case.schema.stack["fields"]["storage"].get("required"):
        return
    if store == "inference" and case.listed and "inference" not in case.listed:
        return
    yield Finding(
        id="store-not-configured",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=path,
        also=(("storage", "stores", store),),
        what=f"`storage.stores.{store}` must be configured",
        stops=Stage.STORAGE,
    )


def _effective(case: Case, kinds: dict[str, str]) -> dict[str, tuple[Path, Any]]:
    """Return the stores as the release has them, defaults included, each with its place."""
    given = case.at("storage", "stores")
    given = given if isinstance(given, dict) else {}
    storage = case.at("storage")
    place: Path = ("storage",) if "storage" in case.config else ()
    if isinstance(storage, dict) and "stores" in storage:
        place = ("storage", "stores")
    otherwise = defaults(case.schema)
    return {
        store: (("storage", "stores", store), given[store])
        if store in given
        else (place, otherwise.get(store))
        for store in kinds
    }


def defaults(schema: Schema) -> dict[str, Any]:
    """Return the stores that a release has where a config names none."""
    for model in schema.facts["models"].values():
        if model["name"] == "ServerStoresConfig":
            return {name: field.get("default") for name, field in model["fields"].items()}
    return {}


def _wrong_backend(  # noqa: PLR0913, PLR0917 - a place, what is there, and what is demanded
    case: Case, path: Path, kind: str, name: Any, stops: int, store: str = ""
) -> Iterator[Finding]:
    known = backends(case)
    if not isinstance(name, str) or (name in known and not isinstance(known[name], str)):
        return
    place = f"`storage.stores.{store}`" if store else f"`{dotted(path)}`"
    if name not in known:
        message = f"{place} names the backend `{name}`, which is not there"
        finding_id = "unknown-backend"
    elif known[name].startswith(f"{kind}_"):
        return
    else:
        message = f"{place} needs a {KINDS[kind]} backend; `{name}` is of type `{known[name]}`"
        finding_id = "wrong-backend"
    kinds = {str(n): t for n, t in known.items() if isinstance(t, str)}
    fitting = [n for n, t in kinds.items() if t.startswith(f"{kind}_")]
    yield Finding(
        id=finding_id,
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=path,
        also=(("storage", "stores", store),) if store and path[-1:] != (store,) else (),
        what=message,
        instead=f"name one of: {', '.join(fitting)}"
        if fitting
        else f"add a {KINDS[kind]} backend under `storage.backends`",
        stops=stops,
    )


def _references(
    value: Any, model: Json, schema: Schema, path: Path
) -> Iterator[tuple[Path, str, Any]]:
    """Yield the references to backends in a provider's config: place, kind, name."""
    if not isinstance(value, dict):
        return
    fields = model["fields"]
    if "backend" in fields and "backend" in value and {"namespace", "table_name"} & fields.keys():
        yield path, "kv" if "namespace" in fields else "sql", value["backend"]
    for attribute, field in fields.items():
        name = next((n for n in field.get("names", [attribute]) if n in value), None)
        for key in models_of(field["type"]) if name else ():
            yield from _references(value[name], schema.model(key), schema, (*path, str(name)))


def files(case: Case, kind: str) -> Iterator[tuple[Path, str]]:
    """Yield the paths of the SQLite stores of a kind, with their places."""
    given = case.at("storage", "backends")
    for name, backend in given.items() if isinstance(given, dict) else ():
        if isinstance(backend, dict) and backend.get("type") == f"{kind}_sqlite":
            path = backend.get("db_path")
            if isinstance(path, str):
                yield ("storage", "backends", name, "db_path"), path

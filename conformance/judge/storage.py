"""Finds what is wrong with stores: their backends, the kinds of them, and their places on disk."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.keys import dotted
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json, Schema

DEFAULTS = {"kv_default": "kv_sqlite", "sql_default": "sql_sqlite"}
KINDS = {"kv": "key-value (`kv_…`)", "sql": "SQL (`sql_…`)"}
AT_ONCE = "<0.6.1 | >=1.0.0"  # elsewhere a SQL store opens its file when it is first used
LITERAL_DEFAULT = ">=0.4,<0.5.1"
HOME_OF = {"directory", "storage_dir", "db_path"}


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the stores of the stack and of its providers."""
    yield from _stores(case)
    for order, provider in enumerate(case.providers):
        model = case.schema.config(provider.api, str(provider.kind))
        if model is None or not provider.enabled:
            continue
        place = (*provider.path, "config")
        for path, kind, name in _references(provider.config, model, case.schema, place):
            yield from _wrong_backend(case, path, kind, name, Stage.INSTANCES + order)
    yield from _directories(case)
    yield from _tildes(case)
    yield from _default(case)


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


def _extra(case: Case) -> dict[str, str]:
    """Return the stores that no validator checks and the start opens all the same."""
    connectors = "connectors" in case.schema.facts["demanded_stores"]
    return {"connectors": "kv"} if connectors else {}


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
    fitting = [n for n, t in known.items() if isinstance(t, str) and t.startswith(f"{kind}_")]
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
        for key in _models(field["type"]) if name else ():
            yield from _references(value[name], schema.model(key), schema, (*path, str(name)))


def _models(kind: Any) -> list[str]:
    if not isinstance(kind, dict):
        return []
    if "model" in kind:
        return [kind["model"]]
    return [key for branch in kind.get("any_of", ()) for key in _models(branch)]


def _files(case: Case, kind: str) -> Iterator[tuple[Path, str]]:
    given = case.at("storage", "backends")
    for name, backend in given.items() if isinstance(given, dict) else ():
        if isinstance(backend, dict) and backend.get("type") == f"{kind}_sqlite":
            path = backend.get("db_path")
            if isinstance(path, str):
                yield ("storage", "backends", name, "db_path"), path


def _directories(case: Case) -> Iterator[Finding]:
    made = {str(PurePath(path).parent) for _, path in _files(case, "kv")}
    made |= {str(above) for path in made for above in PurePath(path).parents} | {"."}
    for place, path in _files(case, "sql"):
        parent = str(PurePath(path).parent)
        if parent in made or path.startswith((":memory:", "file:")):
            continue
        at_once = case.schema.release.within(AT_ONCE)
        yield Finding(
            id="sql-directory",
            level=Level.WARNING if at_once else Level.NOTE,
            effect=Effect.MEANS_SOMETHING_ELSE,
            path=place,
            what=f"nothing creates the directory `{parent}`: unless it is there, "
            + ("the start fails" if at_once else "the first use of the store fails"),
            instead=f"create `{parent}` first, or put a key-value store into it, which creates it",
            gotcha="sql-store-needs-its-directory",
        )


def _tildes(case: Case) -> Iterator[Finding]:
    places = list(_files(case, "kv"))
    for provider in case.providers:
        for name in HOME_OF & provider.config.keys():
            value = provider.config[name]
            if isinstance(value, str):
                places.append(((*provider.path, "config", name), value))
    for place, path in places:
        if path.startswith("~") and place not in case.substituted:
            yield Finding(
                id="literal-tilde",
                level=Level.WARNING,
                effect=Effect.MEANS_SOMETHING_ELSE,
                path=place,
                what="`~` is not expanded here: a directory named `~` is made below the working "
                "directory",
                instead="write the whole path, or `${env.HOME}` for `~`",
                gotcha="tilde-path",
                edits=(Edit(Operation.SET, place, value="${env.HOME}" + path[1:]),)
                if path.startswith("~/")
                else (),
            )


def _default(case: Case) -> Iterator[Finding]:
    if "storage" in case.config or case.schema.stack["fields"].get("storage", {}).get("required"):
        return
    if "storage" not in case.schema.stack["fields"]:
        return
    literal = case.schema.release.within(LITERAL_DEFAULT)
    yield Finding(
        id="default-storage",
        level=Level.WARNING,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=(),
        what="without `storage`, "
        + (
            "the databases go into a directory literally named `${env.SQLITE_STORE_DIR:=`"
            if literal
            else "all stacks of this user share one registry in the home directory"
        ),
        instead="name backends of your own under `storage.backends`",
        gotcha="default-storage",
    )

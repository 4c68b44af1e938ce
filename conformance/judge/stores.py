"""Writes the stores of 0.2 as later releases want them: backends, and references to them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from conformance.judge import moves
from conformance.judge.finding import Edit, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.judge.case import Case
    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json

# What a store of the stack itself becomes: its kind, and its namespace or table.
OWN = {
    "metadata_store": ("metadata", "kv", "registry"),
    "inference_store": ("inference", "sql", "inference_store"),
    "conversations_store": ("conversations", "sql", "openai_conversations"),
}
DEFAULT = {"kv": "kv_default", "sql": "sql_default"}
NAMED = {"kv": "namespace", "sql": "table_name"}
HOME = "${env.SQLITE_STORE_DIR:=~/.llama}"


def edits(case: Case, places: Sequence[Path]) -> list[Edit]:
    """Return the steps that rewrite the stores at some places, which a release ignores."""
    backends = Backends(case)
    steps: list[Edit] = []
    for place in dict.fromkeys(map(_holder, places)):
        steps += _rewritten(case, place, backends)
    return [*backends.edits(), *steps]


def _holder(place: Path) -> Path:
    return place[:-1] if place[-1] in {"type", "db_path"} else place


def _rewritten(case: Case, place: Path, backends: Backends) -> Iterator[Edit]:
    block = at(case.written, place)
    target, kind, name = _target(case, place)
    there = at(case.written, target) if target and target != place else None
    if kind and isinstance(block, dict) and there is None:
        called = str(block.get(NAMED[kind]) or name)
        backend = backends.of(kind, block, name)
        reference = {"backend": backend, NAMED[kind]: called}
        if target != place:
            yield Edit(Operation.MOVE, place, target)  # with the comments in it
        yield Edit(Operation.SET, target, value=reference)
    elif target != place:
        gone = f"`{place[-1]}` was here: "
        gone += (
            "another store stands for it" if kind else f"{case.schema.release} has no store here"
        )
        yield Edit(Operation.REMOVE, place, comment=gone)


def _target(case: Case, place: Path) -> tuple[Path, str, str]:
    """Return where a store goes, of which kind it is there, and what it is called."""
    if len(place) == 1:
        store, kind, name = OWN.get(str(place[0]), ("", "", ""))
        return ("storage", "stores", store), kind, name
    _, api, index, *_ = place
    entry = case.at("providers", api, index)
    model = case.schema.config(str(api), str(entry["provider_type"]))
    if model is None:
        return (), "", ""
    inner = tuple(map(str, place[4:]))
    if not moves.knows(model, inner, case.schema):
        moved = moves.of(place, model, case.schema)
        target = moved.to if moved else ()
        inner = tuple(map(str, target[4:]))
    kind = reference_kind(case, model, inner) if inner else ""
    name = named(kind, str(api), entry["provider_type"], inner[-1] if inner else "")
    return (*place[:4], *inner), kind, name


def named(kind: str, api: str, provider: object, field: str) -> str:
    """Return the namespace or the table of a provider's store."""
    if kind == "kv":
        return f"{api}::{str(provider).rpartition('::')[2]}"
    own = field.removesuffix("_store")
    return api if own in {api, "sqlstore"} else f"{api}_{own}"


def reference_kind(case: Case, model: Json, steps: tuple[str, ...]) -> str:
    """Return the kind of the store that a field refers to; "" if it refers to none."""
    for model_there in moves.models_at(model, steps, case.schema):
        for kind, name in NAMED.items():
            if {"backend", name} <= model_there["fields"].keys():
                return kind
    return ""


class Backends:
    """The backends of a config, and those that its old stores become."""

    def __init__(self, case: Case) -> None:
        """Take the backends that are there."""
        given = at(case.written, ("storage", "backends"))
        self.given: Json = given if isinstance(given, dict) else {}
        self.made: Json = {}

    def of(self, kind: str, block: Json, store: str) -> str:
        """Return the name of the backend that an old store becomes; equal ones become one."""
        backend = _backend(kind, block)
        there = {**self.given, **self.made}
        if backend in there.values():
            return str(next(name for name, one in there.items() if one == backend))
        own = f"{kind}_" + store.rpartition("::")[2].replace("-", "_")
        names = (DEFAULT[kind], own, *(f"{own}_{number}" for number in range(2, len(there) + 3)))
        name = next(name for name in names if name not in there)
        self.made[name] = backend
        return name

    def edits(self) -> Iterator[Edit]:
        """Yield the steps that write new backends; what defaults refer to is among them."""
        both = {**self.given, **self.made}
        if self.made and not self.given:
            self.made |= {
                name: _beside(both, kind) for kind, name in DEFAULT.items() if name not in both
            }
        for name, backend in self.made.items():
            yield Edit(Operation.SET, ("storage", "backends", name), value=backend)


def _backend(kind: str, block: Json) -> Json:
    rest = {key: value for key, value in block.items() if key not in {"type", *NAMED.values()}}
    if isinstance(rest.get("db_path"), str):
        rest["db_path"] = _whole(rest["db_path"])
    return {"type": f"{kind}_{block.get('type', 'sqlite')}", **rest}


def _whole(path: str) -> str:
    """Return a path that means the same where a bare `~` is not expanded."""
    return "${env.HOME}" + path[1:] if path.startswith("~/") else path


def _beside(backends: Json, kind: str) -> Json:
    """Return a SQLite backend beside the others' files."""
    paths = [
        backend["db_path"]
        for backend in backends.values()
        if isinstance(backend, dict) and isinstance(backend.get("db_path"), str)
    ]
    home = str(PurePosixPath(paths[0]).parent) if paths else HOME
    name = "kvstore.db" if kind == "kv" else "sql_store.db"
    return {"type": f"{kind}_sqlite", "db_path": f"{home}/{name}"}


def added(case: Case, kind: str) -> Edit:
    """Return the step that adds the backend of a kind, beside the files of the others."""
    given = at(case.written, ("storage", "backends"))
    backend = _beside(given if isinstance(given, dict) else {}, kind)
    return Edit(Operation.SET, ("storage", "backends", DEFAULT[kind]), value=backend)


def at(data: Any, path: Path) -> Any:
    """Return what is at a place of plain data; None if nothing is."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def other_kind(case: Case, provider_path: Path, model: Json) -> Iterator[Edit]:
    """Yield the steps that make references of one kind into the kind that a release wants."""
    config = at(case.written, (*provider_path, "config"))
    for attribute in model["fields"]:
        value = config.get(attribute) if isinstance(config, dict) else None
        kind = reference_kind(case, model, (attribute,))
        if kind and isinstance(value, dict):
            yield from turned(case, (*provider_path, "config", attribute), value, kind)


def turned(case: Case, place: Path, reference: Json, kind: str) -> Iterator[Edit]:
    """Yield the steps that turn one reference to the other kind, if it is of that."""
    other = NAMED["sql" if kind == "kv" else "kv"]
    if other not in reference or NAMED[kind] in reference:
        return
    yield Edit(Operation.MOVE, (*place, other), (*place, NAMED[kind]))
    if reference.get("backend") != fitting(case, kind):
        yield Edit(Operation.SET, (*place, "backend"), value=fitting(case, kind))


def reference(case: Case, kind: str, api: str, provider: object, field: str) -> Json:
    """Return a reference to a backend of a kind, for a field of a provider's config."""
    return {"backend": fitting(case, kind), NAMED[kind]: named(kind, api, provider, field)}


def fitting(case: Case, kind: str) -> str:
    """Return the backend of a kind that a config has, the default one first."""
    given = at(case.written, ("storage", "backends"))
    names = [
        str(name)
        for name, backend in (given if isinstance(given, dict) else {}).items()
        if isinstance(backend, dict) and str(backend.get("type")).startswith(f"{kind}_")
    ]
    return DEFAULT[kind] if DEFAULT[kind] in names or not names else names[0]

"""Rewrites a config for another release, beyond the cures that leave nothing to decide.

Each rewriting is a finding with the steps that make it; a second look at what they made finds it no
more. Where the old text cannot say what it meant, nothing is rewritten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judge import dropping, keys, moves, storage, stores, successors
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json

# What the start opens although it is no default of the models.
OPENED = {"connectors": {"namespace": "connectors"}}
TOOL = ("knowledge_search", "file_search")
FILES = ("files", "inline::localfs")
DEFAULT = re.compile(r"\$\{env\.\w+:=(?P<default>[^}]+)\}")


def rewritings(case: Case, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is rewritten of a config, of which `found` are the findings."""
    found = list(found)
    for what, edits in successors.edits(case):
        yield _rewriting(edits[0].path, what, edits)
    yield from _stores(case, found)
    yield from _references(case)
    yield from _defaults(case, found)
    yield from _urls(case)
    yield from _files(case, found)
    yield from _missing(case)
    yield from _templates(case, found)
    unknown = successors.without(case, found)
    for what, edits in (
        ("APIs that the release does not have", list(dropping.apis(case, unknown))),
        ("providers that the release does not have", list(dropping.providers(case, found))),
        ("keys that the release does not read", list(dropping.keys(found))),
    ):
        if edits:
            yield _rewriting(edits[0].path, what, edits)


def _rewriting(path: Path, what: str, edits: Iterable[Edit]) -> Finding:
    return Finding(
        id="migration",
        level=Level.NOTE,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=path,
        what=what,
        edits=tuple(edits),
    )


def _stores(case: Case, found: list[Finding]) -> Iterator[Finding]:
    old = [one for one in found if one.id == keys.OLD_STORES]
    places = [place for one in old for place in (one.path, *one.also)]
    if edits := stores.edits(case, places):
        yield _rewriting(places[0], "stores are named under `storage.backends`", edits)


def _references(case: Case) -> Iterator[Finding]:
    """Yield references to stores of the kind that another release wanted."""
    edits: list[Edit] = []
    for provider in case.providers:
        if model := case.model(provider):
            edits += stores.other_kind(case, provider.path, model)
            edits += _renamed(case, provider, model)
    for store, kind in {"connectors": "kv", **case.schema.facts["stores"]}.items():
        place: Path = ("storage", "stores", store)
        value = stores.at(case.written, place)
        migrated = case.schema.facts["migrates"] and kind == "sql"
        if isinstance(value, dict) and not migrated:
            edits += stores.turned(case, place, value, kind)
    if edits:
        yield _rewriting(edits[0].path, "stores of the kind that the release wants", edits)


def _defaults(case: Case, found: list[Finding]) -> Iterator[Finding]:
    """Yield stores that are not named, and whose default names a backend that is not there."""
    edits: list[Edit] = []
    known = storage.backends(case)
    for one in found:
        store = str(one.also[0][-1]) if one.id == "unknown-backend" and one.also else ""
        default = storage.defaults(case.schema).get(store) or OPENED.get(store)
        if not default:
            continue
        kind = "kv" if "namespace" in default else "sql"
        backend = stores.fitting(case, kind)
        edits.append(
            Edit(Operation.SET, ("storage", "stores", store), value={**default, "backend": backend})
            if backend in known
            else stores.added(case, kind)
        )
    if edits:
        yield _rewriting(edits[0].path, "stores name the backends that are there", edits)


def _renamed(case: Case, provider: Provider, model: Json) -> Iterator[Edit]:
    """Yield the steps for `kvstore` where a release wants `sqlstore`, and the other way."""
    for old, new in (("kvstore", "sqlstore"), ("sqlstore", "kvstore")):
        place = (*provider.path, "config", old)
        value = stores.at(case.written, place)
        kind = stores.reference_kind(case, model, (new,))
        if old in model["fields"] or not kind or not isinstance(value, dict):
            continue
        if "backend" in value and new not in provider.config:
            yield from stores.turned(case, place, value, kind)
            yield Edit(Operation.MOVE, place, (*provider.path, "config", new))


def _urls(case: Case) -> Iterator[Finding]:
    """Yield URLs with a variable whose key was renamed; a default gets the version it needs now."""
    for provider in case.providers:
        model = case.model(provider)
        place = (*provider.path, "config")
        written = stores.at(case.written, place)
        if model is None or not isinstance(written, dict):
            continue
        for name, value in written.items():
            if (
                not isinstance(value, str)
                or "${" not in value
                or moves.knows(model, (name,), case.schema)
            ):
                continue
            moved = moves.of((*place, name), model, case.schema)
            if moved and moved.to[-1:] == ("base_url",) and "base_url" not in written:
                what = "`base_url` has the version in it"
                yield _rewriting(
                    (*place, name), what, _with_version(value, (*place, name), moved.to, model)
                )


def _with_version(value: str, place: Path, to: Path, model: Json) -> Iterator[Edit]:
    yield Edit(Operation.MOVE, place, to)
    default = DEFAULT.fullmatch(value)
    if default and not default["default"].rstrip("/").endswith("/v1"):
        longer = keys.versioned(default["default"], model)
        yield Edit(Operation.SET, to, value=value.replace(default["default"], longer))


def _files(case: Case, found: list[Finding]) -> Iterator[Finding]:
    """Yield the store of files that other providers need, if the config has none."""
    api, kind = FILES
    wanting = [one for one in found if one.id == "missing-dependency" and f"`{api}`" in one.what]
    if not wanting or stores.at(case.written, ("providers", api)) or case.external:
        return
    if kind not in case.schema.types(api):
        return
    config = {
        "storage_dir": "${env.FILES_STORAGE_DIR:=~/.llama/files}",
        "metadata_store": stores.reference(case, "sql", api, kind, "metadata_store"),
    }
    entry = {"provider_id": "localfs", "provider_type": kind, "config": config}
    edits = [Edit(Operation.SET, ("providers", api), value=[entry])]
    listed = stores.at(case.written, ("apis",))
    if isinstance(listed, list) and api not in listed:
        edits.append(Edit(Operation.SET, ("apis", len(listed)), value=api))
    yield _rewriting(wanting[0].path, f"`{api}` is needed by other providers", edits)


def _missing(case: Case) -> Iterator[Finding]:
    """Yield references to stores that providers demand and an earlier release did not."""
    edits: list[Edit] = []
    for provider in case.providers:
        model = case.model(provider)
        config = stores.at(case.written, (*provider.path, "config"))
        if model and provider.enabled and isinstance(config, dict | None):
            edits += _demanded(case, provider, model, config or {})
    if edits:
        yield _rewriting(edits[0].path, "stores that the release's providers demand", edits)


def _demanded(case: Case, provider: Provider, model: Json, config: Json) -> Iterator[Edit]:
    old = config.keys() & keys.STORES  # which may become what is demanded
    for name, field in model["fields"].items():
        if not field.get("required"):
            continue
        for steps in [
            (name,),
            *((name, below) for below in moves.fields_of(model, name, case.schema)),
        ]:
            kind = stores.reference_kind(case, model, steps)
            if kind and stores.at(config, steps) is None and not old:
                value = stores.reference(case, kind, provider.api, provider.kind, steps[-1])
                yield Edit(Operation.SET, (*provider.path, "config", *steps), value=value)


def _templates(case: Case, found: list[Finding]) -> Iterator[Finding]:
    """Yield texts that must name the search tool, and name it as another release called it."""
    for one in found:
        value = stores.at(case.written, one.path)
        if one.id != "wrong-value" or one.path[-1:] != ("header_template",):
            continue
        if not isinstance(value, str):
            continue
        for former, name in (TOOL, TOOL[::-1]):
            if former in value and name in one.what:
                edit = Edit(Operation.SET, one.path, value=value.replace(former, name))
                yield _rewriting(one.path, f"the tool is called `{name}`", [edit])

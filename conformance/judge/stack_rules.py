"""Finds what the whole config lacks: its shape, and its name."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

from conformance.judge import keys, shape
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.stages import Stage
from conformance.judge.values import Unknown
from conformance.schemas import reading
from conformance.schemas.parts import EITHER_NAME, MIGRATED, SETS_THE_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.judge.case import Case
    from conformance.schemas.reading import Json, Schema


LEVELS = frozenset({"CRITICAL", "FATAL", "ERROR", "WARN", "WARNING", "INFO", "DEBUG", "NOTSET"})


def prepared(config: Json, schema: Schema, written: Json) -> Json:
    """Return a config as the release hands it to its models: names as text, stores migrated.

    The levels of loggers are read as they are `written`, before variables are replaced.
    """
    made = {**config}
    if reading.LOGGING in written:
        made[reading.LOGGING] = written[reading.LOGGING]
    for name in schema.facts["name_keys"]:
        if made.get(name) is not None and not isinstance(made[name], Unknown):
            made[name] = str(made[name])
    if schema.release.within(SETS_THE_VERSION):
        made.pop("version", None)
    return _migrated(made) if schema.facts["migrates"] else made


def _migrated(config: Json) -> Json:
    storage = config.get("storage")
    if not isinstance(storage, dict) or not isinstance(storage.get("stores"), dict):
        return config
    stores = storage["stores"]
    moved = {name: _to_sql(stores[name]) for name in MIGRATED if name in stores}
    return {**config, "storage": {**storage, "stores": {**stores, **moved}}}


def _to_sql(store: Any) -> Any:
    if not isinstance(store, dict) or "namespace" not in store or "table_name" in store:
        return store
    backend = store.get("backend", "sql_default")
    name = backend.replace("kv_", "sql_") if isinstance(backend, str) else backend
    rest = {key: value for key, value in store.items() if key not in {"namespace", "backend"}}
    return {**rest, "table_name": store["namespace"], "backend": name}


def findings(case: Case) -> Iterator[Finding]:
    """Yield what the release's models refuse of the whole config, and ignore."""
    yield from _no_text(case)
    seen = shape.against(case.config, case.schema.stack, case.schema, ())
    yield from map(_without_variables, keys.refused(seen.faults, Stage.MODELS, case), repeat(case))
    with_api = {(name,) for name in ("safety", "telemetry") if name in _unknown_apis(case)}
    resources = {"shields", "datasets", "benchmarks", "scoring_fns"}
    gone = _gone_resources(case) & resources
    yield from keys.ignored(
        (
            key
            for key in seen.unread
            if key.path not in with_api
            and not (key.path[0] == "registered_resources" and key.path[-1] in gone)
        ),
        case,
    )
    yield from _name(case)
    yield from _logging(case)
    yield from _levels(case)


def _without_variables(finding: Finding, case: Case) -> Finding:
    """Return a finding with what helps if a variable stands where none is replaced."""
    value = case.at(*finding.path)
    if finding.path[:1] != (reading.LOGGING,) or "${env." not in str(value):
        return finding
    return replace(finding, instead="write the value itself: no variable is replaced here")


def _logging(case: Case) -> Iterator[Finding]:
    """Yield `logging`, which the models take and nothing reads."""
    if case.at("logging"):
        free = reading.LOGGING not in case.config
        move = Edit(Operation.MOVE, ("logging",), to=(reading.LOGGING,))
        yield Finding(
            id="unread-logging",
            level=Level.WARNING,
            effect=Effect.IGNORED,
            path=("logging",),
            what=f"{case.schema.release} takes `logging` and reads nothing of it",
            instead=f"call it `{reading.LOGGING}`",
            edits=(move,) if free else (),
        )


def _levels(case: Case) -> Iterator[Finding]:
    """Yield levels of loggers that no server knows: it warns, and passes over them."""
    levels = case.at(reading.LOGGING, "category_levels")
    for category, level in levels.items() if isinstance(levels, dict) else ():
        if isinstance(level, str) and level.upper() not in LEVELS:
            what = f"`{level}` is no level: the server passes over it"
            if "${env." in level:
                what = "the server passes over this level: no variable is replaced here"
            yield Finding(
                id="unknown-level",
                level=Level.WARNING,
                effect=Effect.IGNORED,
                path=(reading.LOGGING, "category_levels", category),
                what=what,
                instead="write debug, info, warning, error or critical",
            )


def _unknown_apis(case: Case) -> set[str]:
    apis, providers = case.at("apis"), case.at("providers")
    named = {api for api in apis if isinstance(api, str)} if isinstance(apis, list) else set()
    named |= set(providers) if isinstance(providers, dict) else set()
    return named - case.schema.apis


def _gone_resources(case: Case) -> set[str]:
    from conformance.judge.apis import RESOURCES  # noqa: PLC0415 - shared table

    return {part for api in _unknown_apis(case) for part in RESOURCES.get(api, ())}


def _no_text(case: Case) -> Iterator[Finding]:
    """Yield keys at the top that are no text: `on:` is a truth value in YAML."""
    keys_of_yaml: Iterable[Any] = case.config
    for key in keys_of_yaml:
        if not isinstance(key, str):
            yield Finding(
                id="wrong-value",
                level=Level.ERROR,
                effect=Effect.REFUSED,
                path=(key,),
                what=f"the key `{str(key).lower()}` is no text, and the start fails by it",
                instead="write it in quotes, or remove it",
                stops=Stage.MODELS - 1,
            )


def _name(case: Case) -> Iterator[Finding]:
    either = EITHER_NAME in case.schema.stack.get("validators", {})
    if either and case.at("distro_name") is None and case.at("image_name") is None:
        yield Finding(
            id="missing-name",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=(),
            also=(("distro_name",),),
            what="`distro_name` is missing",
            instead="add `distro_name`, any name",
            stops=Stage.MODELS + 800,
        )

"""Compares what a stack has registered with what its config declares.

Measured on 0.4.0, 0.5.1, 0.7.1, ogx 0.8.0 and 1.5.0: a declared model whose metadata or type differ
from the registered ones stops the start; an entry that has left the config stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.diagnose.variables import resolved
from conformance.judge.finding import Effect, Finding, Level, Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.diagnose.registry.contents import Entry

# Types of entries: the key of their id and section in a config, and the API of their provider.
KINDS = {
    "model": ("model_id", "models", "inference"),
    "shield": ("shield_id", "shields", "safety"),
    "dataset": ("dataset_id", "datasets", "datasetio"),
    "benchmark": ("benchmark_id", "benchmarks", "eval"),
    "tool_group": ("toolgroup_id", "tool_groups", "tool_runtime"),
}
DATA = {"vector_store": "vector_io"}  # made by callers, with their files: shown, never forgotten
REFUSES = 1000  # resources are registered after all providers


@dataclass(frozen=True, slots=True)
class Trouble:
    """An entry, what is wrong with it, and whether it may be forgotten."""

    entry: Entry
    finding: Finding
    forgettable: bool


def troubles(
    config: Mapping[str, Any], entries: Sequence[Entry], environ: Mapping[str, str]
) -> list[Trouble]:
    """Return what is wrong with the entries of a registry, given its config."""
    plain = resolved(config, environ)
    found = [_trouble(plain, entry) for entry in entries]
    return [each for each in found if each is not None]


def _trouble(config: Mapping[str, Any], entry: Entry) -> Trouble | None:
    name = f"the registered {entry.type.replace('_', ' ')} `{entry.identifier}`"
    api = KINDS[entry.type][2] if entry.type in KINDS else DATA.get(entry.type)
    if api is None:
        return None
    if entry.provider_id not in _providers(config, api):
        what = f"{name} belongs to provider `{entry.provider_id}`, which the config does not have"
        stays = entry.type in DATA
        return Trouble(entry, _finding("registry-orphan", what, stays=stays), not stays)
    if entry.type not in KINDS or entry.source == "listed_from_provider":
        return None
    declared = list(_declared(config, entry))
    if not declared:
        what = f"{name} is not in the config; it was declared before, or registered by a caller"
        return Trouble(entry, _finding("registry-undeclared", what), forgettable=True)
    if entry.type == "model":
        return _conflict(entry, declared, name)
    return None


def _finding(id_: str, what: str, *, stays: bool = False) -> Finding:
    return Finding(
        id=id_,
        level=Level.WARNING,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=("storage",),
        what=f"{what}; it stays in the catalogue",
        instead="give the config that provider again, or delete it with its files through the API"
        if stays
        else "--forget-stale removes it",
        gotcha="stale-kvstore",
    )


def _conflict(entry: Entry, declared: list[tuple[Path, Any]], name: str) -> Trouble | None:
    differing = []
    for path, each in declared:
        wanted = {"metadata": each.get("metadata") or {}, "model_type": each.get("model_type")}
        wanted["model_type"] = wanted["model_type"] or "llm"
        fields = [field for field in wanted if wanted[field] != entry.data.get(field)]
        if not fields:
            return None
        differing.append((path, fields))
    path, fields = differing[0]
    finding = Finding(
        id="registry-conflict",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=path,
        what=f"{name} has another {' and '.join(fields)}; the next start fails with a ValueError: "
        f"Object of type 'model' and identifier '{entry.identifier}' already exists",
        instead="--forget-stale removes the registered one",
        stops=REFUSES,
        gotcha="stale-kvstore",
    )
    return Trouble(entry, finding, forgettable=True)


def _providers(config: Mapping[str, Any], api: str) -> set[str]:
    providers = config.get("providers")
    section = providers.get(api) if isinstance(providers, dict) else None
    named = section if isinstance(section, list) else []
    return {str(each.get("provider_id")) for each in named if isinstance(each, dict)}


def _declared(config: Mapping[str, Any], entry: Entry) -> Iterator[tuple[Path, Any]]:
    """Yield what the config declares under the name of an entry, and where."""
    id_key, section, _ = KINDS[entry.type]
    for path, values in _sections(config, section):
        for number, each in enumerate(values):
            if isinstance(each, dict) and _same(each, id_key, entry):
                yield (*path, number), each


def _sections(config: Mapping[str, Any], section: str) -> Iterator[tuple[Path, list[Any]]]:
    resources = config.get("registered_resources")
    places: list[tuple[Path, Any]] = [((section,), config.get(section))]
    if isinstance(resources, dict):
        places.append((("registered_resources", section), resources.get(section)))
    yield from ((path, values) for path, values in places if isinstance(values, list))


def _same(declared: Mapping[str, Any], id_key: str, entry: Entry) -> bool:
    provider = declared.get("provider_id")
    if provider not in {None, "", "all", entry.provider_id}:
        return False
    name = str(declared.get(id_key))
    if entry.type != "model":
        return name == entry.identifier
    theirs = str(declared.get("provider_model_id") or name)
    own = {theirs, theirs.removeprefix(f"{entry.provider_id}/")}
    if theirs == "auto":
        return True
    return bool(own & {str(entry.data.get("provider_resource_id")), entry.identifier})

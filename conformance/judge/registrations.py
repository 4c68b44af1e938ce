"""Finds resources, other than models, that a start cannot register as the config has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.judge import apis, resources
from conformance.judge.environment import DISABLED
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.resources import Entry

# Sections of which some releases register nothing: their own call fails.
NEVER = {"datasets": ">=0.4,<0.4.2", "benchmarks": ">=0.4,<0.4.2", "scoring_fns": ">=0.4,<0.5"}
# What the call wants beyond what the models of the config demand.
DESCRIBED = {"scoring_fns": ">=0.5"}
COMPARES = ">=0.4"  # where the registry refuses another entry of the same id
# Entries of this section have no provider of their own; their source decides.
SOURCED = "datasets"
IDS = {
    "shields": "shield_id",
    "datasets": "dataset_id",
    "scoring_fns": "scoring_fn_id",
    "benchmarks": "benchmark_id",
    "tool_groups": "toolgroup_id",
    "vector_stores": "vector_store_id",
}


def findings(case: Case) -> Iterator[Finding]:
    """Yield the entries that stop a start when they are registered."""
    there, routers = apis.available(case), {t: r for r, t in case.schema.routed.items()}
    for order, (section, table) in enumerate(case.schema.facts["resources"][1:]):
        if table in there:
            entries = list(_registered(case, section))
            stops = Stage.RESOURCES + 500 + order
            yield from _of_call(case, section, entries, stops)
            yield from _of_providers(case, section, entries, routers[table], stops)
            if case.schema.release.within(COMPARES):
                yield from _twice(section, entries, stops)


def _registered(case: Case, section: str) -> Iterator[Entry]:
    """Yield the entries that the start registers: those with a provider that is used."""
    for entry in resources.entries(case, section):
        provider = SOURCED if section == SOURCED else entry.values.get("provider_id")
        if provider and provider != DISABLED and not isinstance(provider, Unknown):
            yield entry


def _of_call(case: Case, section: str, entries: list[Entry], stops: int) -> Iterator[Finding]:
    release = case.schema.release
    if entries and release.within(NEVER.get(section, "<0")):
        what = f"{release} cannot register what stands in `{section}`: its own call fails"
        yield _finding("not-registrable", entries[0], what, f"leave `{section}` out", stops)
    elif release.within(DESCRIBED.get(section, "<0")):
        for entry in entries:
            if entry.values.get("description") is None:
                what = f"an entry of `{section}` is not registered without a `description`"
                yield _finding(
                    "not-registrable", entry, what, "add a `description`, even an empty one", stops
                )


def _of_providers(
    case: Case, section: str, entries: list[Entry], api: str, stops: int
) -> Iterator[Finding]:
    """Yield the entries of providers that are not there."""
    own = [p for p in case.providers if p.api == api and p.enabled]
    if case.external or any(isinstance(p.id, Unknown) for p in own):
        return
    ids = dict.fromkeys(p.id for p in own if isinstance(p.id, str))
    for entry in entries:
        provider = _of_source(entry) if section == SOURCED else entry.text("provider_id")
        if provider and provider not in ids:
            found = resources.gone(case, entry, (api, provider), ids)
            yield replace(found, stops=stops)


def _of_source(entry: Entry) -> str:
    """Return the provider that a start takes for a dataset; "" if that is not known."""
    metadata, source = entry.values.get("metadata"), entry.values.get("source")
    named = metadata.get("provider_id") if isinstance(metadata, dict) else None
    if named:
        return named if isinstance(named, str) else ""
    uri = source.get("uri", "") if isinstance(source, dict) else Unknown("")
    if isinstance(uri, Unknown):
        return ""
    return "huggingface" if str(uri).startswith("huggingface") else "localfs"


def _twice(section: str, entries: list[Entry], stops: int) -> Iterator[Finding]:
    """Yield the entries that differ from one before with the same id."""
    first: dict[str, Any] = {}
    for entry in entries:
        name = entry.text(IDS[section]) if section in IDS else ""
        content = _content(entry, name)
        if name and not _has_unknown(content) and first.setdefault(name, content) != content:
            what = f"`{name}` is registered before with something else: `already exists`"
            yield _finding("resource-twice", entry, what, "register each id once", stops)


def _content(entry: Entry, name: str) -> dict[str, Any]:
    """Return what of an entry says more than its defaults, which are its id and nothing."""
    content = {key: value for key, value in entry.values.items() if value and value != name}
    if "source" in content:
        content.pop("provider_id", None)
    return content


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_unknown, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Unknown)


def _finding(name: str, entry: Entry, what: str, instead: str, stops: int) -> Finding:
    return Finding(
        id=name,
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=entry.path,
        what=what,
        instead=instead,
        stops=stops,
    )

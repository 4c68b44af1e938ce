"""Finds registered models whose provider is not there, or not named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.judge import apis
from conformance.judge.environment import DISABLED
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Path

EVERY = "all"
SWITCH = re.compile(r"\$\{env\.(?P<name>\w+):\+(?P<value>[^}]*)\}")
ALIASES = ">=0.8"  # from here on a model keeps the name that the config gives it


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that the config registers, with its place, and when in a start it is read."""

    path: Path
    values: dict[str, Any]
    stops: int

    def text(self, name: str) -> str:
        """Return a field as text; "" if it is not there or not known."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the providers of the registered models."""
    if "models" not in apis.available(case):
        return
    own = [p for p in case.providers if p.api == "inference" and p.enabled]
    kinds = {p.id: p.kind for p in own if isinstance(p.id, str)}
    unsure = case.external or any(isinstance(p.id, Unknown) for p in own)
    for entry in entries(case):
        provider = entry.values.get("provider_id")
        if isinstance(provider, Unknown) or provider == DISABLED:
            continue
        if provider and not isinstance(provider, str):
            continue  # the models refuse it
        if not provider:
            yield from _without(entry)
        elif provider == EVERY and case.schema.facts["provider_id_all"]:
            continue
        elif provider not in kinds and not unsure:
            yield gone(case, entry, ("inference", provider), kinds)


def entries(case: Case, section: str = "models") -> Iterator[Entry]:
    """Yield the entries of a section that can be looked at."""
    below = "registered_resources" in case.schema.stack["fields"]
    place: Path = ("registered_resources", section) if below else (section,)  # as before 0.3
    found = case.at(*place)
    for index, values in enumerate(found if isinstance(found, list) else ()):
        if isinstance(values, dict):
            yield Entry((*place, index), values, Stage.RESOURCES + index)


def models(case: Case) -> Iterator[Entry]:
    """Yield the models that the start registers: those with a provider that is named and used."""
    if "models" not in apis.available(case):
        return
    every = case.schema.facts["provider_id_all"]
    for entry in entries(case):
        provider = entry.text("provider_id")
        if provider and provider != DISABLED and not (provider == EVERY and every):
            yield entry


def stored_name(case: Case, entry: Entry) -> str:
    """Return the name under which the registry has a model."""
    provider, model = entry.text("provider_id"), entry.text("model_id")
    aliases = case.schema.release.within(ALIASES)
    name = model.removeprefix(f"{provider}/") if aliases else entry.text("provider_model_id")
    return f"{provider}/{name or model}"


def with_provider(case: Case) -> Iterator[tuple[Entry, Provider]]:
    """Yield the models that the start registers for a provider of the config that is used."""
    last = {p.id: p for p in case.providers if p.api == "inference" and isinstance(p.id, str)}
    for entry in models(case):
        provider = last.get(entry.text("provider_id"))
        if provider is not None and provider.enabled:
            yield entry, provider


def _without(entry: Entry) -> Iterator[Finding]:
    yield Finding(
        id="model-not-registered",
        level=Level.WARNING,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=entry.path,
        what="an entry without `provider_id` is passed over: the model is not registered",
        instead="name the provider in `provider_id`",
    )


def switch(case: Case, api: str, name: str) -> str:
    """Return the variable that is not set, without which an API has no provider of a name."""
    for provider in case.providers:
        try:
            written = case.written["providers"][api][provider.path[-1]]["provider_id"]
        except (KeyError, IndexError, TypeError):
            continue
        found = SWITCH.fullmatch(str(written)) if provider.api == api else None
        if found and found["value"] == name and not provider.enabled:
            return found["name"]
    return ""


def lacking(case: Case, api: str, name: str, known: Iterable[Any]) -> tuple[str, str]:
    """Return that an API has no provider of a name, and what to do about it; "" if not known."""
    if variable := switch(case, api, name):
        what = f"`{api}` has the provider `{name}` only if `{variable}` is set"
        return what, f"set `{variable}` for the start"
    return f"`{api}` has no provider `{name}`; it has: {', '.join(map(str, known)) or 'none'}", ""


def gone(case: Case, entry: Entry, lacks: tuple[str, str], known: Iterable[Any]) -> Finding:
    """Return that something is registered for a provider which is not among those of its API.

    `lacks` are the API and the provider.
    """
    what, cure = lacking(case, *lacks, known)
    return Finding(
        id="resource-without-provider",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=(*entry.path, "provider_id"),
        what=what,
        instead=cure or "register it for a provider of the config, or remove it",
        stops=entry.stops,
    )

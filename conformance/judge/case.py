"""Holds one config on one release, as the rules look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.judge.environment import DISABLED
from conformance.judge.values import Unknown, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.judge.finding import Path
    from conformance.schemas.reading import Json, Schema


@dataclass(frozen=True, slots=True)
class Provider:
    """An entry of `providers` that is a mapping, with its API and its place."""

    api: str
    path: Path
    entry: Json

    @property
    def kind(self) -> Any:
        """Its `provider_type`; None if it can be no name."""
        kind = self.entry.get("provider_type")
        return None if isinstance(kind, dict | list) else kind

    @property
    def id(self) -> Any:
        """Its `provider_id`; an `Unknown` if a variable decides, None if it can be no name."""
        found = self.entry.get("provider_id")
        return None if isinstance(found, dict | list) else found

    @property
    def config(self) -> Json:
        """Its config; empty if that is no mapping."""
        config = self.entry.get("config")
        return config if isinstance(config, dict) else {}

    @property
    def module(self) -> bool:
        """Whether it comes from a package that the config names, which replaces the release's."""
        return bool(self.entry.get("module"))

    @property
    def enabled(self) -> bool:
        """Whether it is used; one that a variable decides on is taken for used."""
        return bool(self.id) and self.id != DISABLED

    @property
    def surely_enabled(self) -> bool:
        """Whether it is used whatever the variables are."""
        return self.enabled and not isinstance(self.id, Unknown)


@dataclass(frozen=True)  # without slots, for what is kept
class Case:
    """A config with its variables replaced, the text of the file, and a release's schema."""

    config: Json
    written: Json
    schema: Schema
    substituted: frozenset[Path] = frozenset()
    providers: tuple[Provider, ...] = field(default=())
    environ: Mapping[str, str] | None = None

    def at(self, *path: str | int) -> Any:
        """Return what is at a place; None if nothing is."""
        found: Any = self.config
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def emptied(self, path: Path) -> bool:
        """Return whether the value at a place is null because a variable is empty."""
        return path in self.substituted and self.at(*path) is None

    def of_type(self, kind: str) -> Iterator[Provider]:
        """Yield the providers of a type that are used."""
        return (each for each in self.providers if each.kind == kind and each.enabled)

    def model(self, provider: Provider) -> Json | None:
        """Return the model of a provider's config; None if it is not known."""
        own = not provider.module
        return self.schema.config(provider.api, str(provider.kind)) if own else None

    @cached_property
    def texts(self) -> tuple[tuple[Path, str], ...]:
        """Every text of the file that has a key or an index, with its place."""
        return tuple(texts(self.written))

    @property
    def serves_strangers(self) -> bool:
        """Whether it has models to serve, and asks no caller who they are."""
        inference = any(each.api == "inference" and each.enabled for each in self.providers)
        return inference and not self.at("server", "auth")

    @property
    def external(self) -> bool:
        """Whether the config brings providers or APIs that no schema knows."""
        return bool(self.at("external_providers_dir") or self.at("external_apis_dir"))

    @property
    def listed(self) -> list[Any] | None:
        """The APIs under `apis`; None if the release takes those of the providers."""
        apis = self.at("apis")
        if isinstance(apis, list) and (apis or self.schema.facts["missing_api"] == "skipped"):
            return apis
        return None


def providers_of(config: Json) -> Iterator[Provider]:
    """Yield the entries of `providers` that can be looked at."""
    section = config.get("providers")
    for api, entries in section.items() if isinstance(section, dict) else ():
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield Provider(api, ("providers", api, index), entry)

"""Answers what a release lets a config say, from the packed schemas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.releases import Release
from conformance.schemas import packing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]
LOGGING = "logging_config"
# Releases older than those the suite runs on, known for the sake of configs that come from there.
EARLIER = tuple(Release("llama-stack", v) for v in ("0.2.23", *(f"0.3.{n}" for n in range(6))))


@dataclass(frozen=True, eq=False)
class Schema:
    """What one release lets a config say."""

    release: Release
    facts: Json

    @property
    def apis(self) -> frozenset[str]:
        """All names of APIs."""
        return frozenset(self.facts["apis"])

    @property
    def routed(self) -> Mapping[str, str]:
        """APIs that several providers may serve, each with the API of its routing table."""
        found: Mapping[str, str] = self.facts["routed"]
        return found

    @property
    def providable(self) -> frozenset[str]:
        """The APIs that have providers."""
        return frozenset(self.facts["providers"])

    @property
    def stack(self) -> Json:
        """The model of the whole config, and what the server reads beside it.

        Every release takes the levels of its loggers from `logging_config`, which its own model
        has not, and passes over it if it is empty in any way; `logging`, which the model has, is
        read by none.
        """
        model = self.model(self.facts["stack"])
        fields = model["fields"]
        levels, _null = fields["logging"]["type"]["any_of"]
        return {**model, "fields": {**fields, LOGGING: {"type": {"any_of": [levels, "falsy"]}}}}

    def model(self, key: str) -> Json:
        """Return a model by its key."""
        found: Json = self.facts["models"][key]
        return found

    def types(self, api: str) -> Mapping[str, Json]:
        """Return the provider types of an API, each with what its registry entry says."""
        found: Mapping[str, Json] = self.facts["providers"].get(api, {})
        return found

    def config(self, api: str, kind: str) -> Json | None:
        """Return the model of a provider's config; None if it is not known."""
        key = self.types(api).get(kind, {}).get("config")
        return None if key is None else self.model(key)


def name_of(release: Release) -> str:
    """Return the name under which a release is kept."""
    return f"{release.distribution}-{release.version}"


def find(name: str) -> Release:
    """Return a release by its name, one older than the suite runs on too. Raises `LookupError`."""
    words = name.replace("==", " ").split()
    earlier = (r for r in EARLIER if words in ([r.version], [r.distribution, r.version]))
    return next(earlier, None) or releases.find(name)


@cache
def line() -> tuple[Release, ...]:
    """Return every release whose schema is kept, oldest version first."""
    kept = packing.kept()["releases"]
    return tuple(r for r in (*EARLIER, *releases.known()) if name_of(r) in kept)


@cache
def of(release: Release) -> Schema:
    """Return the schema of a release; for one that is not known, that of the nearest older one.

    Raises `LookupError` if it is older than all that are known.
    """
    older = [r for r in line() if r.order <= release.order]
    if not older:
        raise LookupError(f"no schema of {release} is known, nor of a release before it")
    exact = [r for r in older if name_of(r) == name_of(release)]
    chosen = (exact or older)[-1]
    return Schema(release, packing.unpacked(packing.kept(), name_of(chosen)))


@cache
def _before(release: Release) -> tuple[Release, ...]:
    return tuple(reversed([r for r in line() if r.order < release.order]))


def since(release: Release, has: Callable[[Schema], bool]) -> str:
    """Return the first release of the unbroken run up to `release` for which `has` is false.

    "" if it is false for every earlier release too.
    """
    first = release
    for earlier in _before(release):
        if has(of(earlier)):
            return str(first)
        first = earlier
    return ""


def comes_with(release: Release, has: Callable[[Schema], bool]) -> str:
    """Return the first release after `release` for which `has` is true; "" if there is none."""
    later = (each for each in line() if each.order > release.order)
    return next((str(each) for each in later if has(of(each))), "")


def models_of(kind: Any) -> list[str]:
    """Return the keys of the models that the type of a field admits, in its order."""
    if not isinstance(kind, dict):
        return []
    if "model" in kind:
        return [kind["model"]]
    return [key for branch in kind.get("any_of", ()) for key in models_of(branch)]

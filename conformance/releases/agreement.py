"""Compares what a release did with a config with what `diagnose` finds in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.core.redaction import redact
from conformance.judge import judging
from conformance.judge.finding import Effect
from conformance.judge.keys import dotted
from conformance.schemas import parts, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.core.releases import Release
    from conformance.judge.finding import Finding
    from conformance.judge.finding import Path as Place

    Json = dict[str, Any]

# What the models refuse at a place, rather than as a whole.
AT_A_PLACE = frozenset({"missing-key", "wrong-value", "empty-variable"})
# What the models take, and nothing reads.
TAKEN = frozenset({"unread-logging", "unknown-level"})
# What a provider says that is not made here for want of a package.
OF_A_PROVIDER = frozenset(
    {"broken-provider", "provider-demands", "model-needs-key", "refused-model"}
)
# What a start on the server's own machine would find: a directory, and the driver or the server of
# a database where the stores of 0.2 are, which a crosscheck does not replace.
ELSEWHERE = (
    "FileNotFoundError: External providers directory",
    "ModuleNotFoundError: ",
    "OSError: there is no network in a crosscheck",
    "RuntimeError: Could not connect to PostgreSQL",
)
# What a provider says of a certificate that the server's machine may have.
NOT_HERE = "file does not exist: "


@dataclass(frozen=True, slots=True)
class Counts:
    """How often both say so, only `diagnose` does, and only the release does."""

    both: int = 0
    ours: int = 0
    theirs: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both."""
        return Counts(self.both + other.both, self.ours + other.ours, self.theirs + other.theirs)

    def __str__(self) -> str:
        """Return precision and recall; without anything to count both are said to be open."""
        precision, recall = (_share(self.both, only) for only in (self.ours, self.theirs))
        return f"{self.both} agree, precision {precision}, recall {recall}"


def _share(both: int, only: int) -> str:
    return f"{both / (both + only):.3f}" if both + only else "-"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison of one config showed."""

    refused: Counts = Counts()
    places: Counts = Counts()
    ignored: Counts = Counts()
    left_open: bool = False
    disagreements: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """The sum of many comparisons: starts refused, places refused, keys ignored."""

    configs: int = 0
    left_open: int = 0
    refused: Counts = Counts()
    places: Counts = Counts()
    ignored: Counts = Counts()
    disagreements: list[str] = field(default_factory=list)

    def add(self, name: str, found: Agreement) -> None:
        """Count one comparison, of a config that is called `name`."""
        self.configs += 1
        self.left_open += found.left_open
        self.refused += found.refused
        self.places += found.places
        self.ignored += found.ignored
        self.disagreements += [f"{name}: {text}" for text in found.disagreements]

    def __str__(self) -> str:
        """Return all figures."""
        return (
            f"{self.configs} configs, {self.left_open} left open; starts refused: {self.refused}; "
            f"places refused: {self.places}; ignored: {self.ignored}"
        )


def agreement(config: Json, seen: Json, release: Release, environ: Mapping[str, str]) -> Agreement:
    """Compare what a release did with a config with what is found in it."""
    found = judging.findings(config, release, environ)
    stopping = [one for one in found if one.stops is not None]
    unchecked = any(one.effect is Effect.NOT_CHECKED for one in found)
    stops = str(seen["stops"])
    unchecked = unchecked or stops.startswith(ELSEWHERE) or NOT_HERE in stops
    if seen["stops"] and not stopping and unchecked:
        return Agreement(left_open=True)
    if stopping and not seen["stops"] and all(_unseen(one, seen, config) for one in stopping):
        return Agreement(left_open=True)
    refused, texts = _starts(stopping, seen)
    places, more = _places(stopping, seen, config)
    texts += more
    ignored = Counts()
    if seen["dropped"] is not None and not str(seen["stops"]).startswith("EnvVarError"):
        theirs = {dotted(tuple(place)) for place in seen["dropped"]} - _migrated(release)
        unread = {dotted(tuple(place)) for place in seen["unread"]}
        ignored, more = _ignored(theirs, _dropped(found), _hidden(found) | unread)
        texts += more
    return Agreement(refused, places, ignored, disagreements=tuple(map(redact, texts)))


def _unseen(finding: Finding, seen: Json, config: Json) -> bool:
    """Return whether a finding is about the making of a provider that was not made here."""
    if finding.id not in OF_A_PROVIDER:
        return False
    kinds = [entry.get("provider_type") for entry in config["providers"].get("inference", ())]
    return any(kind in seen["lacking"] and f"`{kind}`" in finding.what for kind in kinds)


def _starts(stopping: list[Finding], seen: Json) -> tuple[Counts, list[str]]:
    if seen["stops"] and stopping:
        return Counts(both=1), []
    if stopping:
        first = stopping[0]
        return Counts(ours=1), [f"only diagnose refuses: {first.id}: {first.what}"]
    if seen["stops"]:
        return Counts(theirs=1), [f"only the release refuses: {seen['stops'][:200]}"]
    return Counts(), []


def _places(stopping: list[Finding], seen: Json, config: Json) -> tuple[Counts, list[str]]:
    """Compare the places that the models refuse; of a union, one of its branches is enough."""
    theirs = {place for fault in seen["faults"] if (place := _plain(fault, config))}
    ours = {
        place for one in stopping if one.id in AT_A_PLACE for place in (one.also[:1] or (one.path,))
    }
    of_models = str(seen["stops"]).startswith("models")
    ours = {
        place
        for place in ours
        if (of_models != _in_config(place) or place in theirs)
        and [*place[:4]] not in seen["unread"]
    }
    confirmed = {place for place in ours if any(_near(place, fault) for fault in theirs)}
    missed = {fault for fault in theirs if not any(_near(fault, place) for place in ours)}
    if str(seen["stops"]).startswith("EnvVarError"):
        return Counts(), []
    texts = [f"only diagnose refuses {dotted(place)}" for place in ours - confirmed]
    texts += [f"only the release refuses {dotted(place)}" for place in missed]
    return Counts(len(confirmed), len(ours - confirmed), len(missed)), texts


def _in_config(place: Place) -> bool:
    return place[:1] == ("providers",) and place[3:4] == ("config",)


def _plain(fault: Sequence[Any], config: Any) -> Place:
    """Return the place of a fault without the names of models and tags that pydantic puts in.

    A key that is missing is the last step, or the config that a provider has none of.
    """
    place: list[Any] = []
    value = config
    for number, step in enumerate(fault):
        known = isinstance(value, dict) and step in value
        known = known or (isinstance(value, list) and isinstance(step, int) and step < len(value))
        missing = isinstance(value, dict) and (number == len(fault) - 1 or step == "config")
        if known or missing:
            value = value[step] if known else {}
            place.append(step)
    return tuple(place)


def _near(one: Place, other: Place) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _ignored(theirs: set[str], ours: set[str], hidden: set[str]) -> tuple[Counts, list[str]]:
    only = {place for place in ours - theirs if not place.startswith(tuple(hidden))}
    texts = [f"only diagnose ignores {place}" for place in only]
    texts += [f"only the release ignores {place}" for place in theirs - ours]
    return Counts(len(theirs & ours), len(only), len(theirs - ours)), texts


def _dropped(found: list[Finding]) -> set[str]:
    ignored = [one for one in found if one.effect is Effect.IGNORED or one.id == "unknown-api"]
    ignored = [one for one in ignored if one.id not in TAKEN]
    return {
        dotted(place)
        for one in ignored
        for place in (one.path, *one.also)
        if one.effect is Effect.IGNORED or place[0] not in {"apis", "providers"}
    }


def _migrated(release: Release) -> set[str]:
    """Return the places that the release moves itself before its models see them."""
    names = parts.MIGRATED if reading.of(release).facts["migrates"] else ()
    return {f"storage.stores.{name}.namespace" for name in names}


def _hidden(found: list[Finding]) -> set[str]:
    """Return the configs of providers that the release refuses, so that it drops nothing there."""
    return {
        dotted(one.path[:3])
        for one in found
        if one.stops is not None and one.path[:1] == ("providers",) and len(one.path) > 2  # noqa: PLR2004 - an API and an index
    } | {"\0"}

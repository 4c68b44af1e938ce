"""Compares two releases for a user, from data: expectations, facts and schemas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from conformance.core import measured
from conformance.core.model import Gotcha
from conformance.core.severity import Severity, described
from conformance.releases import breaking
from conformance.releases.change import Change
from conformance.run import catalogue
from conformance.schemas import parts, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.model import Topic
    from conformance.core.releases import Release
    from conformance.run.catalogue import Check
    from conformance.schemas.reading import Schema

SECTIONS = (
    ("severe", "New traps that are severe, or expose a key, texts, the config or money"),
    ("worse", "Known traps that hurt more"),
    ("breaks", "Breaks"),
    ("ignored", "No longer read"),
    ("arriving", "New traps"),
    ("leaving", "Traps gone"),
    ("wire", "Changed wire behaviour"),
    ("lost", "Gone, and of no use before"),
    ("packages", "Dependencies"),
    ("added", "New in the config"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is known of a release: outcome by check, config schema, versions of its packages."""

    release: Release
    outcomes: Mapping[str, str]
    schema: Schema
    packages: Mapping[str, str]


@dataclass(slots=True)
class Upgrade:
    """The report: what changes, in the order in which it matters."""

    old: Release
    new: Release
    severe: list[Change] = field(default_factory=list)
    worse: list[Change] = field(default_factory=list)
    breaks: list[Change] = field(default_factory=list)
    ignored: list[Change] = field(default_factory=list)
    arriving: list[Change] = field(default_factory=list)
    leaving: list[Change] = field(default_factory=list)
    wire: list[Change] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)
    packages: list[Change] = field(default_factory=list)
    added: list[Change] = field(default_factory=list)


def side(release: Release) -> Side:
    """Return what the data says of a known release."""
    expected = ((check.id, check.expected) for check in catalogue.checks(release))
    outcomes = {check: outcome for check, outcome in expected if outcome is not None}
    return Side(
        release=release,
        outcomes=outcomes,
        schema=reading.of(release),
        packages=measured.all_packages(release),
    )


def compare(old: Side, new: Side) -> Upgrade:
    """Return what changes between two releases."""
    report = Upgrade(old.release, new.release)
    report.breaks += breaking.unusable(old.release, new.release)
    report.packages += breaking.installed_alone(old.release, new.release)
    for section, change in (
        *breaking.names(old.release, new.release),
        *breaking.gone(old.schema, new.schema),
    ):
        getattr(report, section).append(change)
    _compare_topics(old, new, report)
    report.packages += _packages(old.packages, new.packages)
    fresh = parts.of(new.schema) - parts.of(old.schema)
    report.added += [Change(str(part)) for part in sorted(fresh) if not parts.follows(part, fresh)]
    return report


def _compare_topics(old: Side, new: Side, report: Upgrade) -> None:
    for slug, topic in sorted(catalogue.topics(new.release).items(), key=_most_severe):
        before, after = _of(old, slug), _of(new, slug)
        hurt, hurts = _biting(topic, before), _biting(topic, after)
        begun = hurts - hurt if isinstance(topic, Gotcha) else (hurts - hurt) & before.keys()
        if before and begun:
            section = _section(topic, report)
            section += _begun(topic, new, begun, whole=not hurt)
        elif hurt and not hurts and before.keys() <= after.keys() and isinstance(topic, Gotcha):
            cure = f"no longer needed: {_written(slug, old)}"
            report.leaving.append(Change(f"{slug}: {topic.happens}", cure, slug))
        report.worse += _worse(topic, new, before, after)
        report.wire += _changed(before, after)


def _begun(topic: Topic, new: Side, checks: set[str], *, whole: bool) -> Iterator[Change]:
    """Yield what begins to hurt: a gotcha as a whole with its cure, or the checks that are new.

    The cure of a gotcha that has hurt before is already in use; it was not enough. A promise has
    many parts, and what helps against the breach of one is no cure of another.
    """
    if whole and isinstance(topic, Gotcha):
        what = f"{topic.slug}{_rating(topic)}: {topic.happens}"
        yield Change(what, topic.instead, topic.slug, min(checks))
        return
    for first, what in _alike(topic, new, checks):
        yield Change(what, "", topic.slug, first)


def _worse(
    topic: Topic, new: Side, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what has hurt before and now does what is worst, with the newer release's cure."""
    if not isinstance(topic, Gotcha):
        return
    milder = topic.bites - topic.worst
    worse = {check for check, seen in after.items() if seen in topic.worst}
    checks = {check for check in worse & before.keys() if before[check] in milder}
    for first, what in _alike(topic, new, checks):
        yield Change(what, topic.instead, topic.slug, first, worse=True)


def _alike(topic: Topic, side: Side, checks: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the first check of each outcome, and what all checks with this outcome observe."""
    alike: dict[str, list[str]] = {}
    for check in sorted(checks):
        alike.setdefault(_sentence(side, check), []).append(check)
    for sentence, (first, *others) in alike.items():
        more = f" and {len(others)} more" if others else ""
        yield first, f"{first}{more}{_rating(topic)}: {sentence}"


def _rating(topic: Topic) -> str:
    return f" ({described(topic.severity, topic.exposes)})" if isinstance(topic, Gotcha) else ""


def _most_severe(row: tuple[str, Topic]) -> tuple[int, str]:
    slug, topic = row
    order = list(Severity)
    return (order.index(topic.severity) if isinstance(topic, Gotcha) else len(order)), slug


def _section(topic: Topic, report: Upgrade) -> list[Change]:
    if isinstance(topic, Gotcha):
        severe = topic.severity.at_least(Severity.HIGH) or topic.exposes
        return report.severe if severe else report.arriving
    return report.breaks


def _sentence(side: Side, check: str) -> str:
    """Return what an outcome means, in the words of its check."""
    outcome = side.outcomes[check]
    return _declared()[check].outcomes.get(outcome, outcome)


@cache
def _declared() -> dict[str, Check]:
    return {check.id: check for check in catalogue.declared()}


def needs(change: Change) -> frozenset[str]:
    """Return what the check needs that a change was seen by; nothing for another change."""
    return catalogue.needs().get(change.check, frozenset())


def _biting(topic: Topic, outcomes: Mapping[str, str]) -> set[str]:
    return {check for check, seen in outcomes.items() if seen in topic.bites}


def _written(slug: str, old: Side) -> str:
    """Return the workaround in the words of the release that needed it."""
    return catalogue.topics(old.release)[slug].instead


def _of(side: Side, slug: str) -> dict[str, str]:
    return {check: seen for check, seen in side.outcomes.items() if check.startswith(f"{slug}/")}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for check in sorted(before.keys() & after.keys()):
        if before[check] != after[check]:
            slug = check.partition("/")[0]
            yield Change(f"{check}: {before[check]} → {after[check]}", "", slug, check)


def _packages(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, "not installed"), new.get(name, "not installed")
        if was != now:
            yield Change(f"{name}: {was} → {now}")

"""What changes for a user between two releases, from data: expectations, facts and surfaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.core import releases
from conformance.core.model import Gotcha
from conformance.core.severity import Severity, described
from conformance.releases import renamed, surfaces
from conformance.releases.surface_names import follows, names, successor, used
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.model import Topic
    from conformance.core.releases import Release
    from conformance.releases.surfaces import Surface
    from conformance.stack.configs import Config

SECTIONS = (
    ("severe", "New traps that are severe, or expose a key, texts, the config or money"),
    ("breaks", "Breaks"),
    ("arriving", "New traps"),
    ("leaving", "Traps gone"),
    ("wire", "Changed wire behaviour"),
    ("packages", "Dependencies"),
    ("added", "New in the config"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes, and what to do about it."""

    what: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is known of a release: outcome by check, surface, versions of its packages."""

    release: Release
    outcomes: Mapping[str, str]
    surface: Surface
    packages: Mapping[str, str]


@dataclass(slots=True)
class Upgrade:
    """The report: what changes, in the order in which it matters."""

    old: Release
    new: Release
    severe: list[Change] = field(default_factory=list)
    breaks: list[Change] = field(default_factory=list)
    arriving: list[Change] = field(default_factory=list)
    leaving: list[Change] = field(default_factory=list)
    wire: list[Change] = field(default_factory=list)
    packages: list[Change] = field(default_factory=list)
    added: list[Change] = field(default_factory=list)


def side(release: Release) -> Side:
    """Return what the data says of a known release. Raises `SurfaceError` without its surface."""
    found = surfaces.read(release)
    expected = ((check.id, check.expected) for check in catalogue.checks(release))
    outcomes = {check: outcome for check, outcome in expected if outcome is not None}
    return Side(release=release, outcomes=outcomes, surface=found, packages=found["packages"])


def compare(old: Side, new: Side, config: Config | None = None) -> Upgrade:
    """Return what changes between two releases; of surfaces, only what the config uses if given."""
    report = Upgrade(old.release, new.release)
    report.breaks += [*_broken(new.release), *_installed_alone(old.release, new.release)]
    report.breaks += [Change(*each) for each in renamed.changes(old.release, new.release)]
    report.breaks += _removed(old.surface, new.surface, used(config, old.surface))
    _compare_topics(old, new, report)
    report.packages += _packages(old.packages, new.packages)
    if config is None:
        fresh = names(new.surface) - names(old.surface)
        report.added += [Change(name) for name in sorted(fresh) if not follows(name, fresh)]
    return report


def _broken(release: Release) -> Iterator[Change]:
    if release.broken:
        yield Change(f"{release} does not boot at all: {release.broken}", "take another release")
    if release.without:
        yield Change(f"{release} has no `{release.without}`", "take another release")
    if mute := releases.facts(release).mute:
        yield Change(f"no gateway of `remote::passthrough` works: {mute}", "take another release")


def _installed_alone(old: Release, new: Release) -> Iterator[Change]:
    today = releases.facts(new).today
    if today and today != releases.facts(old).today:
        what, instead = today
        when = releases.plain_installs()
        yield Change(f"{new}, installed alone on {when}, {what}", instead)


def _removed(old: Surface, new: Surface, wanted: set[str] | None) -> Iterator[Change]:
    gone = names(old) - names(new)
    unread = {kind.partition(" ")[2] for kind in new["unread"]}
    gone = {name for name in gone if not any(f"provider `{kind}`" in name for kind in unread)}
    for name in sorted(gone if wanted is None else gone & wanted):
        if not follows(name, gone):
            yield Change(f"{name} is gone", successor(name))


def _compare_topics(old: Side, new: Side, report: Upgrade) -> None:
    for slug, topic in sorted(catalogue.topics(new.release).items(), key=_most_severe):
        before, after = _of(old, slug), _of(new, slug)
        hurt, hurts = _biting(topic, before), _biting(topic, after)
        if before and hurts - hurt:
            kind = _section(topic, report)
            ways = ", ".join(f"`{check}` {after[check]}" for check in sorted(hurts - hurt))
            more = f", in more ways than before ({ways})" if hurt else ""
            rating = (
                f" ({described(topic.severity, topic.exposes)})"
                if isinstance(topic, Gotcha)
                else ""
            )
            kind.append(Change(f"{slug}{rating}{more}: {_said(topic)}", topic.instead))
        elif hurt and not hurts and before.keys() <= after.keys() and isinstance(topic, Gotcha):
            report.leaving.append(
                Change(f"{slug}: {_said(topic)}", f"you may now remove: {_written(slug, old)}")
            )
        report.wire += _changed(before, after)


def _most_severe(row: tuple[str, Topic]) -> tuple[int, str]:
    slug, topic = row
    order = list(Severity)
    return (order.index(topic.severity) if isinstance(topic, Gotcha) else len(order)), slug


def _section(topic: Topic, report: Upgrade) -> list[Change]:
    if isinstance(topic, Gotcha):
        severe = topic.severity.at_least(Severity.HIGH) or topic.exposes
        return report.severe if severe else report.arriving
    return report.breaks


def _biting(topic: Topic, outcomes: Mapping[str, str]) -> set[str]:
    return {check for check, seen in outcomes.items() if seen in topic.bites}


def _written(slug: str, old: Side) -> str:
    return catalogue.topics(old.release)[slug].instead


def _said(topic: Topic) -> str:
    return topic.happens if isinstance(topic, Gotcha) else getattr(topic, "requires", "")


def _of(side: Side, slug: str) -> dict[str, str]:
    return {check: seen for check, seen in side.outcomes.items() if check.startswith(f"{slug}/")}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for check in sorted(before.keys() & after.keys()):
        if before[check] != after[check]:
            yield Change(f"{check}: {before[check]} → {after[check]}")


def _packages(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, "not installed"), new.get(name, "not installed")
        if was != now:
            yield Change(f"{name}: {was} → {now}")

"""The compatibility page: since when each gotcha bites, when it went, and who else saw it.

Written from the expectations, which are what the matrix measured on every release.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract import known
from conformance.core import releases
from conformance.core.severity import listed
from conformance.core.verdict import Standing, standing
from conformance.reports import clients_text
from conformance.reports.rendering import render
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.core.model import Gotcha, Topic
    from conformance.core.releases import Release

SIGHTINGS = Path(__file__).with_name("sightings.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A public report of a behaviour, and the releases it is reported of."""

    url: str
    says: str
    check: str
    outcome: str
    said: str
    why_not: str = ""


def sightings() -> list[Sighting]:
    """Return what others reported."""
    table = tomllib.loads(SIGHTINGS.read_text(encoding="utf-8"))
    return [Sighting(**row) for row in table["sighting"]]


def page() -> str:
    """Return the page. Raises `ValueError` if a report is contradicted without a reason."""
    return render(
        "compatibility.md",
        gotchas={severity: list(_gotchas(own)) for severity, own in catalogue.rated().items()},
        reasons=list(_reasons()),
        clients=list(_clients()),
        plain_installs=releases.plain_installs(),
        plain=list(_plain()),
        beside="; ".join(where for where, is_known in _beside() if is_known),
        seen=list(_seen()),
    )


def on(topic: Topic, release: Release) -> Standing:
    """Return the standing of a topic on a release, by what is expected of its checks."""
    own = [check for check in _checks(release).values() if check.topic.slug == topic.slug]
    measured = any(check.expected or check.reason for check in own)
    return standing(topic.bites, (check.expected for check in own), measured=measured)


@cache
def _checks(release: Release) -> dict[str, catalogue.Check]:
    return {check.id: check for check in catalogue.checks(release)}


def stretches[T](line: Sequence[Release], what: Callable[[Release], T]) -> list[tuple[str, T]]:
    """Return a value along a line of releases as `(first … last, value)` for each stretch."""
    found = []
    for value, group in groupby(line, key=what):
        names = [str(each).removeprefix("llama-stack ") for each in group]
        found.append((names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}", value))
    return found


def _gotchas(own: Mapping[str, Gotcha]) -> Iterator[tuple[str, str, str]]:
    for slug, topic in own.items():
        line = stretches(releases.whole(), partial(on, topic))
        shown = "everywhere" if line == [line[0]] and line[0][1] is Standing.BITES else ""
        along = shown or "; ".join(f"{where}: {value}" for where, value in line)
        yield slug, listed(topic.exposes), along


def _clients() -> Iterator[tuple[str, str]]:
    for kind, words in clients_text.rows():
        along = stretches(releases.whole(), words)
        yield kind, "; ".join(f"{where}: {what}" for where, what in along)


def _beside() -> list[tuple[str, bool]]:
    """Return where it is known what a newer package adds to answers, and where it is not."""
    return stretches(releases.whole(), known.beside_packages().__contains__)


def _reasons() -> Iterator[tuple[str, str, str]]:
    for release in releases.known():
        if release.broken:
            yield str(release), release.broken, "all"
            continue
        found = _checks(release).values()
        reasons = [each.reason for each in found if each.reason]
        for reason in sorted(set(reasons)):
            yield str(release), reason, f"{reasons.count(reason)} of {len(found)}"


def _plain() -> Iterator[tuple[str, str, str]]:
    for where, today in stretches(releases.known(), _today):
        yield where, *today


def _today(release: Release) -> tuple[str, str]:
    facts = releases.facts(release)
    return (facts.today or ("does as on its day",))[0], facts.pinned


def observed_in(sighting: Sighting) -> list[Release]:
    """Return the releases in which the reported outcome is what is observed."""
    return [
        release
        for release in releases.whole()
        if _checks(release)[sighting.check].expected == sighting.outcome
    ]


def _seen() -> Iterator[tuple[str, str, str, str, str]]:
    for each in sightings():
        where = observed_in(each)
        said = [release for release in releases.whole() if release.within(each.said)]
        if where != said and not each.why_not:
            raise ValueError(f"{each.url}: observed elsewhere than said, and no reason is given")
        line = stretches(releases.whole(), lambda each, seen=where: "seen" if each in seen else "")  # type: ignore[misc]
        shown = "; ".join(stretch for stretch, value in line if value) or "no release"
        name = each.url.removeprefix("https://github.com/").replace("/issues/", "#")
        link = f"[{name.replace('/pull/', '#')}]({each.url})"
        difference = each.why_not if where != said else ""
        yield link, each.says, each.said, f"{shown} (`{each.check}`)", difference

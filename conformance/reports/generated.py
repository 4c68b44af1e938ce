"""The files that are written from the code: the catalogue, and the samples in the README."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance import shipped
from conformance.core import releases
from conformance.core.model import Accuracy, Gotcha, Promise
from conformance.core.severity import MEANING, WHOSE, described, listed
from conformance.reports import compatibility, sample
from conformance.reports.rendering import render
from conformance.run import catalogue
from conformance.run.report import inventory
from conformance.vendors import UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.core.model import Claim, Topic
    from conformance.core.releases import Release
    from conformance.run.catalogue import Check

BEGIN, END = "<!-- generated: {} -->", "<!-- end: {} -->"


def files(root: Path) -> dict[Path, str]:
    """Return the text every generated file of a checkout should have, by its path.

    The sample is a run of the installed release; only the reference release makes a new one.
    """
    release = releases.reference()
    found = {
        root / "docs" / "CATALOGUE.md": catalogue_page(catalogue.checks(release), release),
        root / "docs" / "COMPATIBILITY.md": compatibility.page(),
    }
    if releases.installed() == release:
        readme = root / "README.md"
        text = readme.read_text(encoding="utf-8")
        text = spliced(text, "diagnose", sample.diagnosis())
        found[readme] = spliced(text, "run", sample.block())
    return found


def spliced(text: str, name: str, part: str) -> str:
    """Return a text with the part between the two markers of `name` replaced.

    Raises `ValueError` if a marker is missing.
    """
    begin, end = BEGIN.format(name), END.format(name)
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the markers `{begin}` and `{end}` are missing")
    return f"{before}{begin}\n{part}\n{end}{after}"


def catalogue_page(checks: list[Check], release: Release) -> str:
    """Return the catalogue: an index, every topic with its checks, the seed document's claims."""
    stand = Counter(accuracy for _claim, _check, accuracy in claims(checks))
    topics = {topic.slug: _topic(topic, own) for topic, own in _by_topic(checks)}
    page = render(
        "catalogue.md",
        release=str(release),
        topics=topics.values(),
        rated={
            severity: [topics[slug] for slug in own] for severity, own in catalogue.rated().items()
        },
        meaning=MEANING,
        whose=WHOSE,
        stand=", ".join(f"{stand[accuracy]} {accuracy}" for accuracy in Accuracy),
        claims=[_claim(*row) for row in sorted(claims(checks), key=lambda row: row[0].section)],
        unsettled=_unsettled(),
    )
    return page.rstrip("\n") + "\n"


def _by_topic(checks: list[Check]) -> Iterator[tuple[Topic, list[Check]]]:
    for slug, topic in sorted(catalogue.topics().items()):
        yield topic, [check for check in checks if check.topic.slug == slug]


def claims(checks: list[Check]) -> Iterator[tuple[Claim, Check, Accuracy]]:
    """Yield every statement of the seed document with its check and how it stands.

    Raises `ValueError` for a claim whose check does not exist.
    """
    by_id = {check.id: check for check in checks}
    for topic, _own in _by_topic(checks):
        for claim in topic.claims:
            identifier = f"{topic.slug}/{claim.check}"
            if identifier not in by_id:
                raise ValueError(f"a claim of {topic.slug} names no check: {identifier}")
            check = by_id[identifier]
            yield claim, check, claim.accuracy(check.expected or "")


def _claim(claim: Claim, check: Check, accuracy: Accuracy) -> dict[str, Any]:
    outcome = check.expected or ""
    seen = f"`{outcome}`: {check.outcomes.get(outcome, '')}"
    return {
        "says": claim.says,
        "where": claim.section,
        "verdict": accuracy if accuracy is Accuracy.CONFIRMED else f"**{accuracy}**",
        "seen": f"{seen}. {claim.really}" if claim.really else seen,
        "check": check.id,
    }


def _topic(topic: Topic, own: list[Check]) -> dict[str, Any]:
    bites = any(check.expected in topic.bites for check in own)
    common = {
        "slug": topic.slug,
        "gotcha": isinstance(topic, Gotcha),
        "instead": topic.instead,
        "documented": topic.documented,
        "bites": "yes" if bites else "no",
        "checks": [_check(check, topic) for check in own],
    }
    if isinstance(topic, Gotcha):
        return common | {
            "happens": topic.happens,
            "why": topic.why,
            "example": topic.example,
            "rating": described(topic.severity, topic.exposes),
            "exposes": listed(topic.exposes),
        }
    return common | {"requires": topic.requires if isinstance(topic, Promise) else ""}


def _check(check: Check, topic: Topic) -> dict[str, str]:
    expected = f"`{check.expected}`" if check.expected else "not applicable"
    return {
        "name": check.id.partition("/")[2],
        "stimulus": check.stimulus,
        "expected": expected + (" (bites)" if check.expected in topic.bites else ""),
        "means": check.outcomes.get(check.expected or "", check.reason or ""),
    }


def _unsettled() -> list[tuple[str, ...]]:
    by = inventory.settled(inventory.answers(shipped("cassettes")))
    return [(name, *fact, by.get(name, "-")) for name, fact in UNSETTLED.items()]

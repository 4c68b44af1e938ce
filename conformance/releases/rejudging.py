"""Judges the observations of a finished run again, by the expectations as they are now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.core import expectations
from conformance.core.model import Gotcha, SubjectName, Verdict
from conformance.core.verdict import Standing, standing
from conformance.core.verdict import verdict as verdict_of
from conformance.releases import off_contract
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.releases import Release

Json = dict[str, Any]
OBSERVED = (Verdict.AS_EXPECTED, Verdict.DRIFT)


def judged(report: Json, release: Release) -> Json:
    """Return a run's report with the verdicts that follow from the expectations as they are now."""
    packages = report.get("environment", {}).get("packages", {})
    checks = [_judged(check, release, packages) for check in report["checks"]]
    counts = Counter(check["verdict"] for check in checks)
    bites = Counter(standings(checks).values())
    summary: Json = {
        **{verdict.value: counts[verdict] for verdict in Verdict},
        "gotchas": {each.value: bites[each] for each in Standing},
    }
    return {**report, "checks": checks, "summary": {SubjectName.RELEASE.value: summary}}


def _judged(check: Json, release: Release, packages: Mapping[str, str]) -> Json:
    needs = catalogue.needs().get(check["id"], frozenset())
    expectation = expectations.expected(check["id"], release, needs, packages)
    seen = off_contract.outcome(check, release, packages)
    verdict = verdict_of(expectation, seen)
    aside = verdict is Verdict.NOT_APPLICABLE
    observed = None if aside else seen
    off = seen != off_contract.own_outcome(check)
    topic = catalogue.topics().get(check["gotcha"])
    changed = {
        "verdict": verdict.value,
        "observed": observed,
        "expected": expectation.outcome,
        "evidence": expectation.reason if aside else check["evidence"],
        "bites": topic is not None and verdict in OBSERVED and (off or observed in topic.bites),
        "off_contract": off,
    }
    return {**check, **changed}


def standings(checks: list[Json]) -> dict[str, Standing]:
    """Return the standing of every gotcha in the rows of a report."""
    outcomes: dict[str, list[str | None]] = {}
    for check in checks:
        seen = check["observed"] if check["verdict"] != Verdict.ERROR else None
        outcomes.setdefault(check["gotcha"], []).append(seen)
    topics = catalogue.topics()
    return {
        slug: standing(topics[slug].bites, seen)
        for slug, seen in outcomes.items()
        if isinstance(topics.get(slug), Gotcha)
    }


def set_aside(report: Json, release: Release) -> set[str]:
    """Return the ids of the checks of a report that a row of the expectations sets aside."""
    checks = (check["id"] for check in report["checks"])
    return {check for check in checks if expectations.expected(check, release).reason is not None}

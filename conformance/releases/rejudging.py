"""Judges the observations of a finished run anew, by what is expected now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.core import expectations
from conformance.core.model import Finding, Verdict
from conformance.run import catalogue
from conformance.run.report import Report

if TYPE_CHECKING:
    from conformance.core.releases import Release

Json = dict[str, Any]
OBSERVED = (Verdict.AS_EXPECTED, Verdict.DRIFT)


def judged(report: Json, release: Release) -> Json:
    """Return a run's report with the verdicts that follow from the expectations as they are now."""
    checks = [_judged(check, release) for check in report["checks"]]
    counts = Counter(check["verdict"] for check in checks)
    summary: Json = {verdict.value: counts[verdict] for verdict in Verdict}
    standing = Counter(standings(checks).values())
    summary["gotchas"] = {"bite": standing["bites"], "fixed": standing["fixed"]}
    return {**report, "checks": checks, "summary": summary}


def _judged(check: Json, release: Release) -> Json:
    expectation = expectations.expected(check["id"], release)
    observed, evidence = check["observed"], check["evidence"]
    expected = expectation and expectation.outcome
    if expectation is not None and expectation.reason is not None:
        verdict, observed, evidence = Verdict.NOT_APPLICABLE, None, expectation.reason
    elif expectation is None or observed is None:
        verdict = Verdict.ERROR
    else:
        verdict = Verdict.AS_EXPECTED if observed == expected else Verdict.DRIFT
    topic = catalogue.topics().get(check["gotcha"])
    bites = topic is not None and verdict in OBSERVED and observed in topic.bites
    changed = {"verdict": verdict.value, "observed": observed, "expected": expected}
    return {**check, **changed, "evidence": evidence, "bites": bites}


def standings(checks: list[Json]) -> dict[str, str]:
    """Return `bites`, `fixed` or `unknown` for every gotcha in the rows of a report."""
    report = Report(None, "", "", "", {}, catalogue.topics())
    report.findings = [
        Finding(**check | {"verdict": Verdict(check["verdict"]), "played": tuple(check["played"])})
        for check in checks
    ]
    return report.gotchas()


def set_aside(release: Release) -> set[str]:
    """Return the ids of the checks that do not apply to a release, and so are not run on it."""
    return {
        check
        for check, rows in expectations.table().items()
        if expectations.choose(check, rows, release).reason is not None
    }

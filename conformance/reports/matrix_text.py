"""A matrix as people read it: its summary on the terminal, and Markdown. Writes its files."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.model import Verdict
from conformance.core.verdict import Standing
from conformance.releases.rejudging import standings
from conformance.reports import matrix_page
from conformance.reports.rendering import render
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conformance.core.severity import Severity

Row = dict[str, Any]
DID_NOT_RUN = "x"
FEW = 3  # so many releases are named one by one
LETTERS = {
    Standing.BITES: "●",
    Standing.DOES_NOT_BITE: "·",
    Standing.NOT_ASKED_IN_FULL: "?",
    Standing.NOT_MEASURED: "?",
}


def write(matrix: Mapping[str, Any], directory: Path) -> None:
    """Write `matrix.json`, `matrix.md` and `matrix.html`."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(matrix, indent=1, ensure_ascii=False) + "\n"
    (directory / "matrix.json").write_text(text, encoding="utf-8")
    (directory / "matrix.md").write_text(markdown(matrix), encoding="utf-8")
    (directory / "matrix.html").write_text(matrix_page.page(matrix), encoding="utf-8")


def name(run: Row) -> str:
    """Return a run's release as people write it."""
    return f"{run['distribution']} {run['version']}"


def short(run: Row) -> str:
    """Return a run's release as the head of a column."""
    return name(run).removeprefix("llama-stack ")


def explained(run: Row) -> bool:
    """Tell whether a run shows only what is known of its release.

    A run of some checks may have none that applies; one without any check shows nothing.
    """
    if run["report"] is None:
        return run["status"] == "failed" and releases.find(name(run)).broken is not None
    summary = run["report"]["summary"]["release"]
    known = summary["as-expected"] + summary["not-applicable"]
    return bool(known) and not summary["drift"] and not summary["error"]


def expected(matrix: Mapping[str, Any]) -> bool:
    """Tell whether every run shows only what is known of its release."""
    return all(explained(run) for run in matrix["runs"])


def harmless(matrix: Mapping[str, Any]) -> bool:
    """Tell whether every run has asked something, and nothing that it asked bites."""
    for run in matrix["runs"]:
        checks = run["report"]["checks"] if run["report"] else []
        seen = [check for check in checks if check["observed"] is not None]
        failed = any(check["verdict"] == Verdict.ERROR for check in checks)
        if failed or not seen or any(check["bites"] for check in seen):
            return False
    return True


def said(run: Row) -> str:
    """Return the result of a run in one line."""
    if run["report"] is None:
        return f"{run['status']}: {run['reason']}"
    summary = run["report"]["summary"]["release"]
    verdicts = ("as-expected", "drift", "error", "not-applicable")
    return ", ".join(f"{summary[verdict]} {verdict}" for verdict in verdicts)


def summary(matrix: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for every release, and one for every check that is not as expected."""
    for run in matrix["runs"]:
        mark = "ok" if explained(run) else "NOT"
        yield f"{mark:<4}{name(run):<18} {run['seconds']:>6.1f} s  {said(run)[:160]}"
    for text, where in _odd_checks(matrix):
        yield f"{text}  [{where}]"


def unexpected(matrix: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is not as expected as a title and a sentence: releases, then checks."""
    for run in matrix["runs"]:
        if run["report"] is None and not explained(run):
            yield name(run), said(run)
    for text, where in _odd_checks(matrix):
        title, _, rest = text.partition(": ")
        yield title, f"{rest} ({where})"


def _odd_checks(matrix: Mapping[str, Any]) -> list[tuple[str, str]]:
    odd: dict[str, list[str]] = {}
    for run in matrix["runs"]:
        for check in (run["report"] or {"checks": []})["checks"]:
            if check["verdict"] in {"drift", "error"}:
                odd.setdefault(_oddity(check), []).append(name(run))
    return [(text, _short(where)) for text, where in sorted(odd.items())]


def _oddity(check: Row) -> str:
    if check["verdict"] == "drift":
        return f"drift {check['id']}: expected {check['expected']}, observed {check['observed']}"
    if check["observed"]:
        return f"error {check['id']}: no row; observed {check['observed']}"
    return f"error {check['id']}: {' '.join(check['evidence'].split())[:150]}"


def _short(where: list[str]) -> str:
    return ", ".join(where) if len(where) <= FEW else f"{where[0]} … {where[-1]}: {len(where)}"


def markdown(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as a page: releases, gotchas across them, checks that differ."""
    runs = matrix["runs"]
    return render(
        "matrix.md",
        how="as it was released" if matrix["resolve"] == "released" else "as it installs today",
        releases=[
            (name(run), (run["published"] or "")[:10], run["status"], said(run)) for run in runs
        ],
        versions=[short(run) for run in runs],
        gotchas=list(_gotchas(runs)),
        differing=_differing(runs),
    )


def _gotchas(runs: list[Row]) -> Iterator[tuple[Severity, list[tuple[str, list[str]]]]]:
    columns = [standings(run["report"]["checks"]) if run["report"] else None for run in runs]
    seen = {slug for column in columns for slug in column or ()}
    for severity, own in catalogue.rated().items():
        slugs = [slug for slug in own if slug in seen]
        rows = [(slug, [_letter(column, slug) for column in columns]) for slug in slugs]
        if rows:
            yield severity, rows


def _letter(column: Mapping[str, Standing] | None, slug: str) -> str:
    if column is None:
        return DID_NOT_RUN
    return LETTERS[column[slug]] if slug in column else "-"


def _differing(runs: list[Row]) -> list[tuple[str, str]]:
    tables = [
        {row["id"]: row for row in (run["report"] or {"checks": []})["checks"]} for run in runs
    ]
    found = []
    for check in sorted(set().union(*tables)):
        line = [
            (short(run), _outcome(run, table.get(check)))
            for run, table in zip(runs, tables, strict=True)
        ]
        if len({what for _, what in line if what}) > 1:
            found.append((check, "; ".join(_stretches(line))))
    return found


def _outcome(run: Row, row: Row | None) -> str:
    """Return what a check showed, or nothing where it did not run."""
    return (row["observed"] or row["verdict"]) if run["report"] and row else ""


def _stretches(line: list[tuple[str, str]]) -> Iterator[str]:
    """Yield `first … last: outcome` for neighbours with one outcome; what did not run ends one."""
    for what, group in groupby(line, key=itemgetter(1)):
        versions = [version for version, _ in group]
        where = versions[0] if len(versions) == 1 else f"{versions[0]} … {versions[-1]}"
        if what:
            yield f"{where}: {what}"

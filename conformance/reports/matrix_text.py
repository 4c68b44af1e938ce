"""A matrix as people read it: its summary on the terminal, and Markdown. Writes its files."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.core.verdict import Standing
from conformance.releases.rejudging import standings
from conformance.reports import matrix_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Row = dict[str, Any]
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


def explained(run: Row) -> bool:
    """Tell whether a run shows only what is known of its release."""
    if run["report"] is None:
        return run["status"] == "failed" and releases.find(name(run)).broken is not None
    summary = run["report"]["summary"]["release"]
    return bool(summary["as-expected"]) and not summary["drift"] and not summary["error"]


def expected(matrix: Mapping[str, Any]) -> bool:
    """Tell whether every run shows only what is known of its release."""
    return all(explained(run) for run in matrix["runs"])


def said(run: Row) -> str:
    """Return in one line what became of a run."""
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
    runs = [run for run in matrix["runs"] if run["report"]]
    how = "as it was released" if matrix["resolve"] == "released" else "as it installs today"
    parts = ["# The suite on every release", f"Each release {how}.", "\n".join(_releases(matrix))]
    legend = "● bites, · does not, ? could not be asked in full, - was not looked at"
    parts += ["## Gotchas", legend]
    parts += ["\n".join(_gotchas(runs)), "## Checks that differ between releases"]
    parts += ["\n".join(_differing(runs))]
    return "\n\n".join(parts) + "\n"


def _releases(matrix: Mapping[str, Any]) -> Iterator[str]:
    yield "| release | published | status | what was found |"
    yield "|---|---|---|---|"
    for run in matrix["runs"]:
        day = (run["published"] or "")[:10]
        yield f"| {name(run)} | {day} | {run['status']} | {said(run).replace('|', '\\|')} |"


def _gotchas(runs: list[Row]) -> Iterator[str]:
    columns = [standings(run["report"]["checks"]) for run in runs]
    yield "| gotcha | " + " | ".join(run["version"] for run in runs) + " |"
    yield "|---|" + "---|" * len(runs)
    for slug in sorted(set().union(*columns)):
        cells = [LETTERS[column[slug]] if slug in column else "-" for column in columns]
        yield f"| {slug} | " + " | ".join(cells) + " |"


def _differing(runs: list[Row]) -> Iterator[str]:
    seen: dict[str, list[tuple[str, str]]] = {}
    for run in runs:
        for check in run["report"]["checks"]:
            what = check["observed"] or check["verdict"]
            seen.setdefault(check["id"], []).append((run["version"], what))
    yield "| check | outcome, in the order of versions |"
    yield "|---|---|"
    for check, line in sorted(seen.items()):
        if len(Counter(what for _, what in line)) > 1:
            yield f"| `{check}` | {'; '.join(_stretches(line))} |"


def _stretches(line: list[tuple[str, str]]) -> Iterator[str]:
    """Yield `first … last: outcome` for each stretch of neighbours with one outcome."""
    start = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or line[end][1] != line[start][1]:
            first, last = line[start][0], line[end - 1][0]
            where = first if first == last else f"{first} … {last}"
            yield f"{where}: {line[start][1]}"
            start = end

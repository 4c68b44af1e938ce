"""The matrix as one self-contained page: gotchas and checks down, releases across."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from conformance.core import releases
from conformance.core.model import Gotcha
from conformance.core.severity import described
from conformance.core.verdict import Standing, standing
from conformance.reports.rendering import render
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.model import Topic
    from conformance.run.catalogue import Check

Row = dict[str, Any]
EVIDENCE_LIMIT = 700  # characters; the whole is in matrix.json
NONE = "-"
CELLS = {
    Standing.BITES: ("bites", "●"),
    Standing.DOES_NOT_BITE: ("fine", "·"),
    Standing.NOT_ASKED_IN_FULL: ("error", "!"),
    Standing.NOT_MEASURED: ("none", "?"),
}


@dataclass(slots=True)
class Pool:
    """What the cells point to, each text once."""

    cells: list[list[Any]] = field(default_factory=list)
    evidence: dict[str, int] = field(default_factory=dict)

    def add(self, release: int, check: int, row: Row) -> int:
        """Take a row of a report in and return the number of its cell."""
        text = row["evidence"][:EVIDENCE_LIMIT]
        place = self.evidence.setdefault(text, len(self.evidence))
        seen = row["observed"] or ""
        cell = [release, check, seen, row["verdict"], row["expected"] or "", place]
        self.cells.append(cell)
        return len(self.cells) - 1


def page(matrix: Mapping[str, Any]) -> str:
    """Return the page of a matrix (the shape of `reports/matrix.json`) as HTML."""
    runs = matrix["runs"]
    checks = catalogue.checks(releases.reference())
    pool = Pool()
    topics = {
        slug: _topic(topic, checks, runs, pool)
        for slug, topic in sorted(catalogue.topics().items())
    }
    data = {
        "releases": [f"{run['distribution']} {run['version']}" for run in runs],
        "checks": [_about(check) for check in checks],
        "cells": pool.cells,
        "evidence": list(pool.evidence),
    }
    return render(
        "matrix.html",
        runs=[_head(run) for run in runs],
        groups=[
            (f"Gotchas: {severity}", [topics[slug] for slug in own])
            for severity, own in catalogue.rated().items()
        ],
        promises=[topic for topic in topics.values() if not topic["gotcha"]],
        ran=sum(run["report"] is not None for run in runs),
        checks=len(checks),
        how="as it was released" if matrix["resolve"] == "released" else "as it installs today",
        suite=matrix["suite"][:12],
        data=Markup(_script_safe(data)),  # noqa: S704 - made safe below
    )


def _script_safe(data: Row) -> str:
    # A `</script>` in an evidence would end the element that holds it.
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def _head(run: Row) -> Row:
    name = f"{run['distribution']} {run['version']}".removeprefix("llama-stack ")
    day = (run["published"] or "")[:10]
    title = f"{day} {run['status']} {run['reason']}".strip()
    return {"name": name, "title": title, "ran": run["report"] is not None}


def _topic(topic: Topic, checks: list[Check], runs: list[Row], pool: Pool) -> Row:
    own = [check for check in checks if check.topic.slug == topic.slug]
    rows = [_check(check, checks.index(check), runs, pool) for check in own]
    cells = [_standing(topic, run) for run in runs]
    gotcha = isinstance(topic, Gotcha)
    return {
        "slug": topic.slug,
        "gotcha": gotcha,
        "about": topic.happens if isinstance(topic, Gotcha) else getattr(topic, "requires", ""),
        "why": topic.why if isinstance(topic, Gotcha) else "",
        "rating": described(topic.severity, topic.exposes) if isinstance(topic, Gotcha) else "",
        "example": topic.example if isinstance(topic, Gotcha) else "",
        "instead": topic.instead,
        "cells": cells,
        "checks": rows,
        "differs": any(row["differs"] for row in rows),
        "biting": sum(cell["kind"] == "bites" for cell in cells),
        "asked": sum(cell["kind"] in {"bites", "fine"} for cell in cells),
    }


def _standing(topic: Topic, run: Row) -> Row:
    if run["report"] is None:
        return {"kind": "error", "letter": "x", "title": f"did not run: {run['reason']}"}
    rows = [row for row in run["report"]["checks"] if row["gotcha"] == topic.slug]
    failed = any(row["verdict"] == "error" for row in rows)
    seen = (None if row["verdict"] == "error" else row["observed"] for row in rows)
    found = standing(topic.bites, seen)
    if found is Standing.NOT_ASKED_IN_FULL and not failed:
        return {"kind": "none", "letter": NONE, "title": "not applicable, at least in part"}
    kind, letter = CELLS[found]
    return {"kind": kind, "letter": letter, "title": found.value}


def _check(check: Check, number: int, runs: list[Row], pool: Pool) -> Row:
    letters = dict(zip(check.outcomes, ascii_lowercase, strict=False))
    found = []
    for place, run in enumerate(runs):
        rows = (run["report"] or {"checks": []})["checks"]
        row = next((row for row in rows if row["id"] == check.id), None)
        found.append(_cell(row, place, number, letters, pool))
    seen = {cell["title"] for cell in found if cell["data"] is not None}
    name = check.id.partition("/")[2]
    differs = len(seen) > 1
    return {
        "name": name,
        "stimulus": check.stimulus,
        "outcomes": [
            (letters.get(outcome, "?"), outcome, text, outcome in check.topic.bites)
            for outcome, text in check.outcomes.items()
        ],
        "cells": found,
        "differs": differs,
    }


def _cell(row: Row | None, release: int, check: int, letters: Mapping[str, str], pool: Pool) -> Row:
    if row is None:
        return {"kind": "none", "letter": NONE, "title": "", "data": None}
    verdict, seen = row["verdict"], row["observed"]
    if verdict in {"error", "not-applicable"}:
        kind, letter = ("error", "!") if verdict == "error" else ("none", NONE)
    else:
        kind, letter = "bites" if row["bites"] else "fine", letters.get(seen, "?")
    if verdict == "drift":
        kind += " drift"
    title = seen if seen and verdict != "error" else verdict
    return {"kind": kind, "letter": letter, "title": title, "data": pool.add(release, check, row)}


def _about(check: Check) -> Row:
    return {
        "id": check.id,
        "stimulus": check.stimulus,
        "outcomes": check.outcomes,
        "instead": check.topic.instead,
    }

"""The matrix as one self-contained page: gotchas and checks down, releases across."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import jinja2

from conformance import PACKAGE
from conformance.core import releases
from conformance.core.model import Gotcha, Promise
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.core.model import Topic
    from conformance.run.catalogue import Check

Row = dict[str, Any]
EVIDENCE_LIMIT = 700  # characters; the whole is in matrix.json
NONE = "-"


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
    topics = [
        _topic(topic, [check for check in checks if check.topic.slug == slug], checks, runs, pool)
        for slug, topic in sorted(catalogue.topics().items())
    ]
    data = {
        "releases": [f"{run['distribution']} {run['version']}" for run in runs],
        "checks": [_about(check) for check in checks],
        "cells": pool.cells,
        "evidence": list(pool.evidence),
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PACKAGE / "reports" / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("matrix.html").render(
        runs=[_head(run) for run in runs],
        topics=topics,
        intro=_intro(matrix),
        outro=f"Suite {matrix['suite'][:12]}. Cells hold the letter of the outcome, by check.",
        data=jinja2.filters.do_mark_safe(_script_safe(data)),
    )


def _script_safe(data: Row) -> str:
    # A `</script>` in an evidence would end the element that holds it.
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def _intro(matrix: Mapping[str, Any]) -> str:
    how = "as it was released" if matrix["resolve"] == "released" else "as it installs today"
    ran = sum(run["report"] is not None for run in matrix["runs"])
    return (
        f"{ran} of {len(matrix['runs'])} releases could be looked at, each {how}. Vendors' answers "
        "were replayed from recordings. Choose a cell of a single check to see what was observed."
    )


def _head(run: Row) -> Row:
    name = f"{run['distribution']} {run['version']}".removeprefix("llama-stack ")
    day = (run["published"] or "")[:10]
    return {"name": name, "title": f"{day} {run['status']} {run['reason']}".strip()}


def _topic(topic: Topic, own: list[Check], checks: list[Check], runs: list[Row], pool: Pool) -> Row:
    rows = [_check(check, checks.index(check), runs, pool) for check in own]
    about = topic.happens if isinstance(topic, Gotcha) else ""
    about = topic.requires if isinstance(topic, Promise) else about
    cells = [_standing(topic, run) for run in runs]
    differs = any(row["differs"] for row in rows)
    slug = topic.slug
    return {"slug": slug, "about": about, "cells": cells, "checks": rows, "differs": differs}


def _standing(topic: Topic, run: Row) -> Row:
    rows = [
        row for row in (run["report"] or {"checks": []})["checks"] if row["gotcha"] == topic.slug
    ]
    verdicts = {row["verdict"] for row in rows}
    if run["report"] is None:
        return {"kind": "error", "letter": "x", "title": run["reason"]}
    if any(row["bites"] for row in rows):
        return {"kind": "bites", "letter": "●", "title": "bites"}
    if "error" in verdicts:
        return {"kind": "error", "letter": "!", "title": "could not be observed"}
    if "not-applicable" in verdicts or not rows:
        return {"kind": "none", "letter": NONE, "title": "not applicable, at least in part"}
    return {"kind": "fine", "letter": "·", "title": "does not bite"}


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
    return {"name": name, "stimulus": check.stimulus, "cells": found, "differs": differs}


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

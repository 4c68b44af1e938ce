"""The page of the matrix shows what the matrix holds, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reports import matrix_page
from conformance.run import catalogue

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HOSTILE = "</script><img src=x onerror=alert(1)>"
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

# What a reader does, and what the page then shows, handed back through the document's title.
SCRIPT = """
const shown = () => rows.filter(row => !row.hidden).map(row => title(row).textContent);
const seen = { first: shown() };
differs.checked = true; checks.checked = true; show(); seen.differing = shown();
differs.checked = false; find.value = "telemetry"; show(); seen.found = shown();
const cell = rows.find(row => !row.hidden && row.querySelector("[data-cell]"));
cell.querySelector("[data-cell]").click();
seen.detail = document.getElementById("facts").textContent;
seen.evidence = document.getElementById("evidence").textContent;
detail.close(); find.value = ""; checks.checked = false; show();
const topic = rows.find(row => row.dataset.topic === "tilde-path");
topic.querySelector("td").click();
const about = topic.nextElementSibling, check = about.nextElementSibling;
seen.opened = [!about.hidden, !check.hidden]; seen.code = about.querySelector("code").textContent;
title(check).click();
seen.explained = check.nextElementSibling.hidden ? "" : check.nextElementSibling.textContent;
title(topic).click(); seen.closed = [about.hidden, check.hidden];
seen.count = document.getElementById("count").textContent;
seen.images = document.images.length;
document.title = JSON.stringify(seen);
"""


def row(check: str, observed: str, *, bites: bool, verdict: str = "as-expected") -> dict[str, Any]:
    """Return a row of a report."""
    slug = check.partition("/")[0]
    return {
        "id": check,
        "gotcha": slug,
        "observed": observed,
        "expected": observed,
        "verdict": verdict,
        "bites": bites,
        "evidence": HOSTILE,
        "duration_s": 0.1,
        "nodeid": "",
        "played": [],
    }


def matrix() -> dict[str, Any]:
    """Return a matrix of three releases, of which the last did not run."""
    first = [
        row("telemetry-removed/under-apis", "unknown-api", bites=True),
        row("chat/plain-openai", "answered", bites=False),
    ]
    second = [
        row("telemetry-removed/under-apis", "boots", bites=False),
        row("chat/plain-openai", "answered", bites=False),
    ]
    runs: list[dict[str, Any]] = [
        {"version": "0.4.0", "status": "ran", "reason": "", "report": {"checks": first}},
        {"version": "0.5.1", "status": "ran", "reason": "", "report": {"checks": second}},
        {"version": "0.7.1", "status": "hung", "reason": "no answer", "report": None},
    ]
    common: dict[str, Any] = {
        "distribution": "llama-stack",
        "published": "2026-02-19T19:05:54Z",
        "seconds": 1.0,
    }
    whole: list[dict[str, Any]] = [common | run for run in runs]
    return {"schema": 1, "suite": "0" * 64, "resolve": "released", "runs": whole}


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, style, font or picture comes from another address."""
    page = matrix_page.page(matrix())
    loading = re.findall(r"<link|@import|url\(|<(?:script|img|iframe)[^>]* src=", page)

    assert [] == loading


def test_evidence_cannot_end_the_script() -> None:
    """Whatever a vendor or the stack wrote stays text."""
    assert HOSTILE not in matrix_page.page(matrix())


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_a_reader_filters_and_looks_into_a_cell(tmp_path: Path) -> None:
    """Filters hide rows, a search finds a topic, and cells and rows of any level open."""
    file = tmp_path / "matrix.html"
    page = matrix_page.page(matrix()).replace("</body>", f"<script>{SCRIPT}</script></body>")
    file.write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    title = done.stdout.partition("<title>")[2].partition("</title>")[0]
    seen = json.loads(title.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))

    assert "telemetry-removed" in seen["first"]
    assert "under-apis" not in seen["first"]
    assert ["telemetry-removed", "under-apis"] == seen["differing"]
    assert "chat" not in seen["found"]
    assert "unknown-api" in seen["detail"]
    assert HOSTILE == seen["evidence"]
    assert 0 == seen["images"]
    assert [True, True] == seen["opened"]
    assert "~/…" == seen["code"]
    assert "literal-directory" in seen["explained"]
    assert [True, True] == seen["closed"]
    topics = len(catalogue.topics())
    assert f"{topics} of {topics} shown" == seen["count"]

"""On GitHub each trouble is an annotation, and the summary is the job's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.run import github
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path


def test_an_annotation_is_one_line_that_keeps_every_character() -> None:
    """Line ends, per cent, and in a title also colon and comma, are escaped."""
    line = github.annotation("drift a/b: c, d", "50 %\r\nand more: e")

    assert "::error title=drift a/b%3A c%2C d::50 %25%0D%0Aand more: e" == line


def test_an_annotation_names_the_file_if_it_is_here() -> None:
    """The suite may be installed somewhere else, which GitHub could not show."""
    here = github.annotation("t", "m", "conformance/core/model.py::test_x")
    elsewhere = github.annotation("t", "m", "site-packages/conformance/core/model.py::test_x")

    assert "::error file=conformance/core/model.py,title=t::m" == here
    assert "::error title=t::m" == elsewhere


def test_a_run_on_github_annotates_and_sums_up(tmp_path: Path) -> None:
    """A check that cannot observe is annotated with its file; nothing of it is there elsewhere."""
    summary = tmp_path / "summary.md"
    options = (
        "conformance",
        "--conformance-check",
        "unlisted-models/*",
        "--conformance-cassettes",
        str(tmp_path),
    )
    github_has = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}

    there = runs.pytest_run(tmp_path, *options, environment=github_has)
    here = runs.pytest_run(tmp_path, *options, environment={"GITHUB_ACTIONS": None})

    name = "conformance/gotchas/unlisted_models/test_unlisted_models.py"
    assert f"::error file={name}" in there.output
    assert "error unlisted-models/" in summary.read_text(encoding="utf-8")
    assert "::error" not in here.output

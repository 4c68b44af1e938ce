"""On GitHub each trouble is an annotation, and the summary is the job's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.run.report import github
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def test_a_run_on_github_annotates_and_sums_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that cannot observe is annotated with its file; nothing of it is there elsewhere."""
    summary = tmp_path / "summary.md"
    options = ("--conformance-check=unlisted-models/*", f"--conformance-cassettes={tmp_path}")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    elsewhere = runs.here(tmp_path, *options)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    there = runs.here(tmp_path, *options)

    name = "conformance/gotchas/unlisted_models/test_unlisted_models.py"
    assert f"::error file={name}" in there.output
    assert "error unlisted-models/" in summary.read_text(encoding="utf-8")
    assert "::error" not in elsewhere.output

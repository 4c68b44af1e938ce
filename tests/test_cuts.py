"""What the harness cuts away of a stack in its process decides nothing that is observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # one topic of each kind twice: boots, refusals, streams
TOPICS = ("provider-data", "stale-kvstore", "streaming", "vendor-errors")
CHOSEN = [f"--conformance-check={slug}/*" for slug in TOPICS]
PRINTED = "Stack Configuration:"  # what every start of the stack logs first
OWN = {"LLAMA_STACK_LOGGING": "all=info"}


def observed(run: runs.Run) -> dict[str, tuple[str, str]]:
    """Return verdict and outcome by check."""
    assert run.report is not None, run.output
    return {row["id"]: (row["verdict"], row["observed"]) for row in run.report["checks"]}


def test_cuts_change_no_observation(tmp_path: Path) -> None:
    """Checks observe the same with the stack's own logging, environment and garbage collector."""
    usual = ("-m", "conformance and not process", "-n0", "-s", "conformance", *CHOSEN)
    cut = runs.pytest_run(tmp_path, *usual, environment=OWN)
    uncut = runs.pytest_run(tmp_path, *usual, "-p", "tests.support.uncut", environment=OWN)

    assert observed(uncut) == observed(cut)
    assert len(observed(cut)) > len(TOPICS)
    assert PRINTED in " ".join(uncut.output.split())
    assert PRINTED not in " ".join(cut.output.split())

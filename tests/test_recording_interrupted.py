"""A recording that is broken off leaves every old cassette as it was, byte for byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.harness import ROOT
from tests.support.recorded import contents
from tests.support.recording_runs import FILE, old_cassettes, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration  # runs that record

LIMIT_S = 120
FROM_STAND_INS = ("--record-mode=rewrite", "--conformance-upstream=stand-in")


def start(cassettes: Path) -> subprocess.Popen[str]:
    """Start a recording from the stand-ins, and return once its first check has ended."""
    options = ("-v", *FROM_STAND_INS, f"--conformance-cassettes={cassettes}")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", *options, str(FILE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "PASSED" in line:
            break
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_breaking_off_changes_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, the end of the session, or `kill -9` in the middle: nothing is replaced or left."""
    old = old_cassettes(tmp_path / "cassettes")
    before = contents(old)

    process = start(old)
    process.send_signal(number)
    output, _ = process.communicate(timeout=LIMIT_S)

    assert process.returncode != 0
    assert before == contents(old)
    if number == signal.SIGINT:
        assert process.returncode == pytest.ExitCode.INTERRUPTED
        assert "broken off; every cassette is as before" in output
        assert "updated: no cassette" in output


def test_without_interruption_the_same_run_replaces(tmp_path: Path) -> None:
    """Left alone, the same run does replace the old cassettes."""
    old = old_cassettes(tmp_path / "cassettes")
    before = contents(old)

    status, output = run(old, *FROM_STAND_INS)

    assert status == 0
    assert before.keys() == contents(old).keys()
    assert before != contents(old)
    assert "updated: openai/unlisted-models" in output

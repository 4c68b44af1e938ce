"""With pytest-xdist a run says what it says in one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from conformance.core import releases
from tests.support import recording_runs, runs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration  # runs in several processes

TWO = ("-n", "2", "--dist", "loadfile")
SOME = ("--conformance-check=telemetry-removed/*", "--conformance-check=misspelt-auth/*")
THEIRS = ("conformance/gotchas/telemetry_removed", "conformance/gotchas/misspelt_auth")
MANY = ("conformance/gotchas/answer_fields", "conformance/gotchas/bad_requests")
SPOILT = ("-p", "tests.support.hostile_stack")


def test_report_and_junit_hold_every_finding(tmp_path: Path) -> None:
    """Findings of all processes are in the summary, the JSON and the JUnit file."""
    one = runs.here(tmp_path, *SOME)
    junit = tmp_path / "junit.xml"
    two = runs.pytest_run(tmp_path, *THEIRS, *TWO, f"--junitxml={junit}")
    ids = {p.get("value") for p in ET.parse(junit).iter("property") if p.get("name") == "id"}  # noqa: S314

    assert (one.status, one.outcomes) == (two.status, two.outcomes)
    assert ids == two.outcomes.keys()
    assert summary(one) == summary(two)


def test_findings_arrive_without_any_option(tmp_path: Path) -> None:
    """The process that prints learns from the others that there are checks."""
    done = subprocess.run(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "1"),  # there is one file
            *("--pyargs", "conformance.gotchas.telemetry_removed.test_telemetry_removed"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=runs.LIMIT_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "as expected, 0 drift, 0 error" in done.stdout


def test_the_first_failure_ends_the_run(tmp_path: Path) -> None:
    """Asked to stop at the first failure, a run does, and reports what it has."""
    run = runs.pytest_run(
        tmp_path, *MANY, *TWO, "-x", *SPOILT, environment={"PYTEST_SPOIL": "refusing"}
    )

    assert run.status in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
    assert {"error"} <= run.verdicts()
    assert len(run.outcomes) < 100
    assert "stopping after 1 failures" in run.output


def test_a_check_whose_process_dies_is_an_error(tmp_path: Path) -> None:
    """The check is named, with what happened; the others run in a new process."""
    run = runs.pytest_run(
        tmp_path,
        *(*THEIRS, "-n", "1", *SPOILT),
        environment={"PYTEST_SPOIL": "dying", "PYTEST_DIED": str(tmp_path / "died")},
    )

    assert run.status == 1
    assert run.report is not None
    died = [row for row in run.report["checks"] if "crashed while running" in row["evidence"]]
    assert died
    assert {"error"} == {row["verdict"] for row in died}
    assert all(row["id"].startswith(("telemetry-removed/", "misspelt-auth/")) for row in died)
    assert {"error", "as-expected"} == run.verdicts()


def test_an_answer_that_no_process_asks_for_is_unused(tmp_path: Path) -> None:
    """A complete run fails over an unused answer, in however many processes."""
    run, unasked = run_with_unasked_answers(tmp_path)

    assert run.status == 1
    assert {"as-expected"} == run.verdicts()
    assert "= unused answers =" in run.output
    assert unasked == run.output.count("no check asks for POST https://api.openai.com/v1/unasked")


def test_beside_other_packages_no_answer_is_unused(tmp_path: Path) -> None:
    """A newer SDK may refuse to send what was recorded, and a user can drop no answer."""
    run, _unasked = run_with_unasked_answers(tmp_path, "-p", "tests.support.other_packages")

    assert run.status == 0
    assert "unused answers" not in run.output


def run_with_unasked_answers(tmp_path: Path, *more: str) -> tuple[runs.Run, int]:
    """Run with answers in a cassette that no check asks for; return how many, too."""
    if releases.installed() != releases.reference():
        pytest.skip("only the reference release says which answers are unused")
    cassettes = recording_runs.old_cassettes(tmp_path / "cassettes")
    file = cassettes / recording_runs.CASSETTE
    text = file.read_text()
    first = text[text.index("interactions:\n") + len("interactions:\n") :]
    file.write_text(text + first.replace("/v1/chat/completions", "/v1/unasked"))
    spread = ("-n", "2", "--dist", "load", "-p", "tests.support.files_at_hand")
    options = (*spread, f"--conformance-cassettes={cassettes}", *more)
    run = runs.pytest_run(tmp_path, str(recording_runs.FILE), *options)
    return run, text.count("/v1/chat/completions")


def test_an_interrupt_ends_all_processes(tmp_path: Path) -> None:
    """Interrupted, a distributed run ends with status 2 and leaves no process."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", *MANY, *TWO, "-v"],
        cwd=runs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "PASSED" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait(60)

    assert status == pytest.ExitCode.INTERRUPTED, rest
    assert "did not run" in rest or "not run" in rest
    for _ in range(50):
        if not of_group(process.pid):
            break
        time.sleep(0.2)
    assert [] == of_group(process.pid)


def of_group(group: int) -> list[str]:
    """Return the processes of a group that are still there."""
    done = subprocess.run(["ps", "-o", "pid=", "-g", str(group)], capture_output=True, check=False)  # noqa: S603, S607
    return done.stdout.decode().split()


def summary(run: runs.Run) -> list[str]:
    """Return what a run says of its checks and gotchas."""
    lines = run.output.partition("= conformance =")[2].splitlines()
    return [line for line in lines if line.startswith(("checks:", "gotchas:", "vendor answers:"))]

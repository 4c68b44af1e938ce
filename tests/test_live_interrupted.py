"""A run that asks a running gateway ends at once when its user interrupts it, and says how far."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.stalling_gateways import KINDS, Stalling, stalling

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.integration  # runs that are broken off while a gateway is asked

COMMAND = (str(Path(sys.executable).with_name("llama-conformance")), "live")
PYTEST = (
    *(sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", "--pyargs", "conformance"),
    *("-m", "conformance", "--stack-config"),
)
STATUS = {COMMAND: 130, PYTEST: 2}
MET = 3  # requests, until it is known who answers
SERVED = MET + 2
# Waiting takes no processor time, and what the machine does besides takes none of this process.
ONE_S = 1.0
NO_WAIT_S = 10.0  # a request may take 15, and all of them 50
HANGS_S = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: status, output, its report, and what it took from the signal on."""

    status: int
    output: str
    report: dict[str, Any] | None
    waited_s: float
    worked_s: float


def interrupted(
    directory: Path, words: Iterable[str], gateway: Stalling, number: signal.Signals
) -> Ended:
    """Start a run, and send it a signal when the gateway stalls."""
    file = directory / "report.json"
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*words, gateway.url, f"--conformance-json={file}"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert gateway.stalled.wait(HANGS_S)
    time.sleep(0.2)  # the client waits now
    ticks = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    worked, before = sum(map(int, ticks[11:13])) / os.sysconf("SC_CLK_TCK"), spent_s()
    began = time.monotonic()
    process.send_signal(number)
    output, _ = process.communicate(timeout=HANGS_S)
    waited = time.monotonic() - began
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    return Ended(process.returncode, output, found, waited, spent_s() - before - worked)


def spent_s() -> float:
    """Return the processor seconds of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("kind", "words", "number"),
    [
        *((kind, COMMAND, signal.SIGINT) for kind in KINDS),
        ("silent", COMMAND, signal.SIGTERM),
        ("dribbling", PYTEST, signal.SIGINT),
        ("slow", PYTEST, signal.SIGTERM),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_an_interruption_ends_the_run_at_once(
    tmp_path: Path, kind: str, words: tuple[str, ...], number: signal.Signals
) -> None:
    """Whatever the gateway does, the run says what it has asked, and what it has not."""
    with stalling(kind, SERVED) as gateway:
        run = interrupted(tmp_path, words, gateway, number)

    assert run.status == STATUS[words], run.output
    assert run.worked_s < ONE_S
    assert run.waited_s < NO_WAIT_S
    assert run.report is not None
    counts = run.report["summary"]["server"]
    assert counts["not-run"] > 0
    assert f"{counts['not-run']} checks that it can be asked did not run" in run.output
    asked = [row for row in run.report["checks"] if row["verdict"] != "not-applicable"]
    assert asked
    assert run.report["server"]["sent"]["GET"] == MET


@pytest.mark.parametrize(
    ("words", "number"),
    [(COMMAND, signal.SIGTERM), (PYTEST, signal.SIGINT)],
    ids=["live", "pytest"],
)
def test_a_gateway_that_never_says_what_it_is_is_left_at_once(
    tmp_path: Path, words: tuple[str, ...], number: signal.Signals
) -> None:
    """Before the first check there is one line to say."""
    with stalling("silent", 0) as gateway:
        run = interrupted(tmp_path, words, gateway, number)

    assert run.status == STATUS[words], run.output
    assert run.waited_s < NO_WAIT_S
    said = f"interrupted before {gateway.url} had told what it is; no check was asked"
    assert said in run.output
    assert "Traceback" not in run.output

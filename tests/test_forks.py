"""A run that is divided between processes ends as it would in one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.run import batches, forks
from tests import odd_fork, runs

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = ("provider-data*", "vendor-errors", "unlisted-models", "rewritten")
CHECKS = ("-m", "conformance", "conformance", *(f"--check={name}/*" for name in PATTERNS))
ODD = ("-p", "tests.odd_fork")
PATIENCE_S = 60.0


def odd(how: str) -> dict[str, str | None]:
    """Return what makes forks go wrong."""
    return {"PYTEST_ODD": how}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    """A run in one process."""
    return runs.pytest_run(tmp_path_factory.mktemp("alone"), *CHECKS, "--processes=1")


def test_three_processes(alone: runs.Run, tmp_path: Path) -> None:
    """Every check is run, once, whichever process runs it."""
    divided = runs.pytest_run(tmp_path, *CHECKS, "--processes=3")

    assert alone.outcomes == divided.outcomes
    assert len(divided.outcomes) >= forks.WORTH_IT
    assert divided.status == 0
    assert f"= {len(divided.outcomes)} passed" in divided.output


@pytest.mark.parametrize("how", ["dies", "refused"])
def test_a_fork_that_dies(alone: runs.Run, tmp_path: Path, how: str) -> None:
    """What a fork has not reported, or there was no fork to run, is run by its parent."""
    bereft = runs.pytest_run(tmp_path, *CHECKS, *ODD, "--processes=2", environment=odd(how))

    assert (0, alone.outcomes) == (bereft.status, bereft.outcomes)


def test_a_fork_that_cannot_observe(alone: runs.Run, tmp_path: Path) -> None:
    """What goes wrong in a fork is reported as if it had gone wrong here."""
    blind = runs.pytest_run(tmp_path, *CHECKS, *ODD, "--processes=2", environment=odd("blind"))
    wrong = [check for check, outcome in blind.outcomes.items() if outcome == "error: None"]

    assert (1, 1, set(alone.outcomes)) == (blind.status, len(wrong), set(blind.outcomes))
    assert f"{wrong[0]}: could not observe: {odd_fork.REASON}" in blind.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_fork_outlives_its_run(tmp_path: Path, number: signal.Signals) -> None:
    """An interrupted run ends its forks; one that was killed leaves none that goes on."""
    command = [sys.executable, "-m", "pytest", *CHECKS, "--processes=2"]
    hanging = number == signal.SIGINT
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *(ODD if hanging else ())],
        cwd=runs.ROOT,
        env={**os.environ, "PYTEST_ODD": "hangs", "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    fork = awaited(lambda: children(process.pid))[0]
    process.send_signal(number)
    status = process.wait(PATIENCE_S)

    assert awaited(lambda: not is_running(fork))
    assert status == (pytest.ExitCode.INTERRUPTED if hanging else -number)


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []


def is_running(pid: int) -> bool:
    """Say whether a process is there and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def awaited(asked: Any) -> Any:
    """Return what `asked` returns once that is not empty. Raises `TimeoutError`."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if found := asked():
            return found
        time.sleep(0.05)
    raise TimeoutError


def test_checks_that_share_a_directory_stay_together() -> None:
    """Files whose checks use the process's own home are one batch; every other file is one."""
    items: list[Any] = [
        SimpleNamespace(path=name[0], fixturenames=[batches.ONE_HOME] if "h" in name else [])
        for name in ("a1", "a2", "b1h", "b2", "c1", "d1h")
    ]
    found: list[list[Any]] = [*batches.together(items)]

    assert ["aa", "bbd", "c"] == ["".join(item.path for item in batch) for batch in found]


def test_few_checks_are_not_worth_a_fork(tmp_path: Path) -> None:
    """A short run stays in one process."""
    few = runs.pytest_run(
        tmp_path, "conformance", "--check=provider-data/*", *ODD, environment=odd("blind")
    )

    assert (0, {"as-expected"}) == (few.status, few.verdicts())

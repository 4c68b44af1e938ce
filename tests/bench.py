"""`make bench`: what the whole suite costs, against the bare minimum, in pairs.

Wall time in seconds and peak memory in MiB of whole processes; the ratios are taken pair by pair,
so that a machine whose speed drifts does not spoil them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BARE = (sys.executable, str(ROOT / "tests" / "bare_minimum.py"))
SUITE = (sys.executable, "-m", "pytest", "-m", "conformance", "-q", "conformance")
TARGETS = {"wall": 2.5, "memory": 1.3}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: seconds on the clock, MiB at its peak."""

    wall: float
    memory: float


def cost(command: tuple[str, ...]) -> Cost:
    """Run a command to its end and return its cost. Raises `RuntimeError` if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return Cost(time.perf_counter() - began, usage.ru_maxrss / 1024)


def main() -> None:
    """Print the costs pair by pair, then the median ratios and whether they meet the targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    cost(BARE)  # fills the file cache
    ratios: dict[str, list[float]] = {"wall": [], "memory": []}
    for number in range(1, pairs + 1):
        bare, suite = cost(BARE), cost(SUITE)
        ratios["wall"].append(suite.wall / bare.wall)
        ratios["memory"].append(suite.memory / bare.memory)
        _say(
            f"pair {number}: bare {bare.wall:5.2f} s {bare.memory:4.0f} MiB, "
            f"suite {suite.wall:5.2f} s {suite.memory:4.0f} MiB"
        )
    for name, values in ratios.items():
        median = statistics.median(values)
        met = "met" if median <= TARGETS[name] else "missed"
        span = f"{min(values):.2f} to {max(values):.2f}"
        _say(f"{name:<6} {median:.2f} times ({span}); target {TARGETS[name]} {met}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

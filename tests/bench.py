"""`make bench`: what the whole suite costs, against the bare minimum, in pairs.

Wall time in seconds, and peak memory in MiB of a process and its children together, what they share
counted once; the ratios are taken pair by pair, so that a machine whose speed drifts does not spoil
them. `make bench RELEASES="0.7.1 ogx==1.5.0"` measures those releases, each in its own environment.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import yaml

from conformance import shipped
from conformance.core import releases
from conformance.releases import environments, suite_copy
from conformance.run import catalogue
from conformance.stack import configs

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
BARE = (sys.executable, str(ROOT / "tests" / "bare_minimum.py"))
# As `make conformance` runs it: two processes a core, for checks of time limits mostly wait.
DISTRIBUTED = ("-n", str(2 * (os.cpu_count() or 1)), "--dist", "loadfile")
MEASURED = ("-m", "conformance and not slow")
SUITE = (sys.executable, "-m", "pytest", *MEASURED, "-q", *DISTRIBUTED)
CHECKS = 316  # are what the first two targets were set for; each one more may cost a little
WALL_S = 20.0  # of the suite, on two idle cores
TIMES = 6.0  # the bare minimum
ONE_MORE_S = 0.05  # a check that shares its boot
SAMPLED_S = 0.1
ERA = ROOT / "tests" / "data" / "eras" / "era-0.2.yaml"
MANY = 1000
ONE_S, ONE_MIB, MANY_S = 0.5, 80.0, 30.0  # `diagnose`: one file, and many


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds on the clock, MiB at its peak."""

    wall: float
    memory: float


def cost(
    command: tuple[str, ...],
    variables: Mapping[str, str] | None = None,
    passing: tuple[int, ...] = (0,),
) -> Cost:
    """Run a command to its end and return its cost. Raises `RuntimeError` if it fails.

    Compiled files are kept between runs, as they are for every user.
    """
    began = time.perf_counter()
    process = psutil.Popen(
        command,
        cwd=ROOT if variables is None else tempfile.gettempdir(),  # where no other copy is found
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peaks: list[float] = []
    sampler = threading.Thread(target=_sample, args=(process, peaks), daemon=True)
    sampler.start()
    status = process.wait()
    wall = time.perf_counter() - began
    sampler.join()
    if status not in passing:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    return Cost(wall, max(peaks) / 2**20)


def _sample(process: psutil.Process, peaks: list[float]) -> None:
    """Add up, again and again, the memory of a process and its children until it has ended."""
    with suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for each in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    total += each.memory_full_info().pss
            peaks.append(total)
            time.sleep(SAMPLED_S)


def measure(
    bare: tuple[str, ...],
    whole: tuple[str, ...],
    pairs: int,
    variables: Mapping[str, str] | None = None,
    answering: tuple[int, ...] = (0,),
) -> None:
    """Print the costs pair by pair, then the medians and whether they meet the targets.

    The bare minimum must end with one of the statuses `answering`: 1 says that no chat is answered.
    """
    more = ONE_MORE_S * (_checks() - CHECKS)
    cost(bare, passing=answering)  # fills the file cache
    bares: list[float] = []
    walls: list[float] = []
    memory: list[float] = []
    for number in range(1, pairs + 1):
        one, all_of_it = cost(bare, passing=answering), cost(whole, variables, passing=(0, 1))
        bares.append(one.wall)
        walls.append(all_of_it.wall)
        memory.append(all_of_it.memory / one.memory)
        _say(
            f"pair {number}: bare {one.wall:5.2f} s {one.memory:4.0f} MiB, "
            f"suite {all_of_it.wall:5.2f} s {all_of_it.memory:4.0f} MiB"
        )
    wall = statistics.median(walls)
    target = min(WALL_S, TIMES * statistics.median(bares)) + more
    _say(f"suite  {wall:.1f} s; target {target:.1f} {_met(wall, target)}")
    _say(f"memory {statistics.median(memory):.2f} times")


def _checks() -> int:
    """Count the checks that are measured: they start no server of their own and are not slow."""
    return sum("process" not in each.needs and not each.slow for each in catalogue.declared())


def _met(value: float, target: float) -> str:
    return "met" if value <= target else "missed"


def measure_release(release: releases.Release, pairs: int) -> None:
    """Measure a release in its own environment, which is made if it is not there."""
    environment = environments.prepare(release)
    if environment.not_installable or environment.not_importable:
        _say(f"{release}: {environment.not_installable or environment.not_importable}")
        return
    facts = releases.facts(release)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        yaml.safe_dump(configs.fitted(configs.read(shipped("run.yaml")), facts), config)
        config.flush()
        words = (facts.module, facts.header, facts.config_variable, config.name)
        _say(str(release))
        measure(
            (environment.python, BARE[1], *words),
            tuple(suite_copy.command(environment.python, *MEASURED)),
            pairs,
            suite_copy.variables(),
            answering=(0, 1),  # no chat leaves some releases
        )


def measure_diagnose() -> None:
    """Measure `diagnose` on one file, and on a directory of a thousand."""
    command = (sys.executable, "-m", "conformance", "diagnose")
    with tempfile.TemporaryDirectory() as place:
        text = ERA.read_text(encoding="utf-8")
        files = [Path(place, f"{number:04}.yaml") for number in range(MANY)]
        for file in files:
            file.write_text(text, encoding="utf-8")
        one = cost((*command, str(files[0])), passing=(0, 1))
        many = cost((*command, place), passing=(0, 1))
    _say(
        f"diagnose, one file: {one.wall:.2f} s; target {ONE_S:g} {_met(one.wall, ONE_S)}; "
        f"{one.memory:.0f} MiB; target {ONE_MIB:g} {_met(one.memory, ONE_MIB)}"
    )
    _say(
        f"diagnose, {MANY} files: {many.wall:.1f} s; "
        f"target {MANY_S:g} {_met(many.wall, MANY_S)}; {many.memory:.0f} MiB"
    )


def main() -> None:
    """Measure the reference release in this environment, or the releases that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="RELEASE")
    parser.add_argument("--pairs", type=int, default=5)
    asked = parser.parse_args()
    if not asked.names:
        measure_diagnose()
        measure(BARE, SUITE, asked.pairs)
    for name in asked.names:
        measure_release(releases.find(name), asked.pairs)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

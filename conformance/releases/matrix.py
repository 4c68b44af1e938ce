"""Runs the suite on many releases, each in an environment of its own, and joins the results.

A run is kept with a digest of all it depends on, and is not repeated while that is unchanged. What
is expected is no part of it: kept observations are judged again.
"""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.core import groups, releases
from conformance.releases import environments, suite_copy
from conformance.releases.kept_runs import Run, keep, kept_file, kept_run, key_of, row
from conformance.releases.rejudging import judged
from conformance.run import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.core.releases import Release
    from conformance.releases.environments import Environment

SCHEMA = 1
LIMIT_S = 1800.0  # one release takes about ten minutes, most of them waiting for servers
COMPLETE = (0, 1)  # pytest's exit status after every check was tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which releases to run, and how: `limit` is the time one release may take, in seconds.

    A run of some `checks` only, named by patterns of their ids, is not kept.
    """

    chosen: tuple[Release, ...]
    resolve: str = "released"
    jobs: int = 2
    limit: float = LIMIT_S
    again: bool = False
    checks: tuple[str, ...] = ()


class InterruptedMatrixError(Exception):
    """The user interrupted the run; what was done is kept."""


def run(plan: Plan) -> dict[str, Any]:
    """Run the suite on every chosen release, as many at a time as the plan says; return the matrix.

    A release that fails, hangs or is killed is a row like the others. Raises
    `InterruptedMatrixError` on SIGINT and SIGTERM, with every process it started ended, and
    `EnvironmentsError` where no environment can be made.
    """
    environments.uv()
    catalogue.declared()  # takes the standard output, so before the progress is shown
    done: dict[Release, Run] = {}
    workers = _Workers(plan)
    with _progress() as progress, ThreadPoolExecutor(plan.jobs) as pool:
        bar = progress.add_task("", total=len(plan.chosen), at="")
        workers.tell = lambda names: progress.update(bar, at=names)
        workers.say = lambda line: progress.console.print(line, markup=False)
        futures = {pool.submit(workers.run, release): release for release in plan.chosen}
        ended = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for future in as_completed(futures):
                found = done[futures[future]] = future.result()
                progress.update(bar, advance=1)
                if found.status != "ran":
                    progress.console.print(
                        f"{futures[future]}: {found.status}: {found.reason}", markup=False
                    )
        except KeyboardInterrupt as error:
            pool.shutdown(wait=False, cancel_futures=True)
            workers.stop()
            raise InterruptedMatrixError(f"{len(done)} of {len(futures)} releases done") from error
        finally:
            signal.signal(signal.SIGTERM, ended)
    return matrix(plan, [done[release] for release in plan.chosen])


def matrix(plan: Plan, runs: Sequence[Run]) -> dict[str, Any]:
    """Return runs as the schema of `matrix.json` has them."""
    rows = [asdict(run) for run in runs]
    return {"schema": SCHEMA, "suite": suite_copy.digest(), "resolve": plan.resolve, "runs": rows}


def judged_anew(matrix: dict[str, Any]) -> dict[str, Any]:
    """Return a matrix whose verdicts follow from the expectations as they are now."""
    runs = [
        row
        if row["report"] is None
        else {**row, "report": judged(row["report"], releases.find(_name(row)))}
        for row in matrix["runs"]
    ]
    return {**matrix, "runs": runs}


def _name(row: dict[str, Any]) -> str:
    return f"{row['distribution']} {row['version']}"


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (
        *(TextColumn("{task.description}matrix"), BarColumn(), MofNCompleteColumn()),
        *(TimeElapsedColumn(), TextColumn("{task.fields[at]}")),
    )
    with Progress(*columns) as progress:
        yield progress


class _Workers:
    """Runs releases in threads of a pool, each in a process group that can be ended."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.running: dict[Release, subprocess.Popen[bytes] | None] = {}
        self.stopped = False
        self.tell: Callable[[str], None] = lambda _names: None
        self.say: Callable[[str], None] = lambda _line: None

    def _changed(self) -> None:
        self.tell(", ".join(map(str, list(self.running))))

    def stop(self) -> None:
        self.stopped = True
        for process in list(self.running.values()):
            if process is not None:
                groups.end(process)

    def run(self, release: Release) -> Run:
        self.running[release] = None
        self._changed()
        try:
            environment = environments.prepare(release, self.plan.resolve, self.say)
            return self._run(release, environment)
        except OSError as error:
            return row(release, "failed", f"{type(error).__name__}: {error}")
        finally:
            del self.running[release]
            self._changed()

    def _run(self, release: Release, environment: Environment) -> Run:
        if environment.not_installable:
            return row(release, "not-installable", environment.not_installable)
        if environment.not_importable:
            return row(release, "not-importable", environment.not_importable)
        if environment.boots_nothing:
            return row(release, "failed", environment.boots_nothing)
        kept = kept_file(release, self.plan.resolve)
        key = key_of(release, environment)
        found = None if self.plan.again or self.plan.checks else kept_run(kept, key, release)
        if found is None:
            found = self._observed(release, environment)
            if found.status == "ran" and not self.plan.checks:
                keep(kept, key, found, release)
        return replace(found, report=found.report and judged(found.report, release))

    def _options(self, report: Path) -> list[str]:
        chosen = [f"--conformance-check={pattern}" for pattern in self.plan.checks]
        return [f"--conformance-json={report}", "--conformance-plain", "--no-summary", *chosen]

    def _observed(self, release: Release, environment: Environment) -> Run:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="conformance-matrix-") as directory:
            report = Path(directory) / "report.json"
            log = Path(directory) / "log"
            with log.open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 - our own command
                    suite_copy.command(environment.python, *self._options(report)),
                    cwd=directory,
                    env=suite_copy.variables()
                    | {"TMPDIR": directory},  # killed, it removes nothing
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self.running[release] = process
            if self.stopped:
                groups.end(process)
            status, reason = _awaited(process, self.plan.limit)
            seconds = round(time.monotonic() - begun, 1)
            if status == "failed" or (status == "ran" and not report.exists()):
                status, reason = "failed", _last_line(log)
            text = report.read_text(encoding="utf-8") if status == "ran" else "null"
        return replace(row(release, status, reason), seconds=seconds, report=json.loads(text))


def _awaited(process: subprocess.Popen[bytes], limit: float) -> tuple[str, str]:
    """Return the status of a run and its reason, once it has ended or was ended."""
    try:
        status = process.wait(limit)
    except subprocess.TimeoutExpired:
        groups.end(process)
        return "hung", f"timed out after {limit:g} s"
    if status < 0:
        return "killed", f"by signal {signal.Signals(-status).name}"
    return ("ran" if status in COMPLETE else "failed"), ""


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")

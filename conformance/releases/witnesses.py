"""Has two releases start the witnesses of an upgrade, and says whether they do as is said."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.releases import crosscheck, environments, matrix, upgrade
from conformance.releases.upgrade import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.core.releases import Release
    from conformance.judge.witness import Witness
    from conformance.releases.comparison import Upgrade


@dataclass(frozen=True, slots=True)
class Shown:
    """What shows a break, tried on both releases."""

    what: str
    old: Trial
    new: Trial

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against it: the newer release refuses, the older one does not.

        What a machine lacks speaks neither for nor against.
        """
        return not _refused(self.old) and not self.new.came_up

    @property
    def decided(self) -> bool:
        """Whether both releases could be asked, the older one to the end of its start."""
        return self.old.came_up and _refused(self.new)

    def __str__(self) -> str:
        word = "shown" if self.decided else "undecided" if self.agrees else "NOT SHOWN"
        return f"{word}: {self.what}\n  {_said(self.old)}\n  {_said(self.new)}"


def _refused(trial: Trial) -> bool:
    return bool(trial.failure) and not trial.lacked


def _said(trial: Trial) -> str:
    if trial.came_up:
        stub = f", with a stub for a provider: {trial.stubbed}" if trial.stubbed else ""
        return f"{trial.release} passes{stub}"
    why = trial.untried or trial.lacked or trial.failure
    return f"{trial.release} {'fails' if _refused(trial) else 'cannot be asked'}: {why}"


def booted(found: Iterable[Witness | None], old: Release, new: Release) -> Iterator[Shown]:
    """Have both releases start every witness once, each in its own environment.

    Raises `EnvironmentsError`, and `CrosscheckError` if a release says nothing of the lines.
    """
    for each in {one.text: one for one in found if one is not None}.values():
        first = _with_stubs(upgrade.tried(old, each.text), each)
        yield Shown(each.what, first, upgrade.tried(new, each.text))


def _with_stubs(trial: Trial, witness: Witness) -> Trial:
    """Return a start that lacked a package as one with stubs for providers: it is about the lines.

    The release's own code still reads, validates and starts them.
    """
    if not trial.lacked:
        return trial
    python = environments.prepare(trial.release).python
    (seen,) = crosscheck.observed(python, [dict(witness.config)], {})
    return replace(trial, failure=seen["stops"], lacked="", stubbed=trial.lacked)


def commanded(report: Upgrade) -> Iterator[Shown]:
    """Run the commands that show a break, each in the environments of both releases.

    Raises `EnvironmentsError`.
    """
    for each in report.breaks:
        if each.command:
            ran = (_ran(release, each.command) for release in (report.old, report.new))
            yield Shown(each.what, *ran)


def _ran(release: Release, command: str) -> Trial:
    environment = environments.prepare(release)
    if environment.not_installable:
        return Trial(release, "", untried=environment.not_installable)
    program, *words = shlex.split(command)
    place = Path(environment.python).with_name(program)
    if not place.exists():
        return Trial(release, "", f"{program} is not there")
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(  # noqa: S603 - our own commands
            [place, *words],
            env={"HOME": home, "PATH": str(place.parent)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=upgrade.LIMIT_S,
            check=False,
        )
    last = done.stderr.strip().rpartition("\n")[2]
    return Trial(release, "", f"status {done.returncode}: {last}" if done.returncode else None)


def checked(report: Upgrade) -> Iterator[Shown]:
    """Have both releases asked the checks that have seen a break.

    Raises `EnvironmentsError`, and `InterruptedMatrixError` on SIGINT and SIGTERM.
    """
    found = [each for each in report.breaks if each.check and not each.command]
    checks = tuple(dict.fromkeys(each.check for each in found))
    if not checks:
        return
    pair = report.old, report.new
    runs = matrix.run(matrix.Plan(chosen=pair, jobs=1, checks=checks))["runs"]
    for each in found:
        before, after = (_asked(r, row, each.check) for r, row in zip(pair, runs, strict=True))
        yield Shown(each.what, before, after)


def _asked(release: Release, row: dict[str, Any], check: str) -> Trial:
    """Return what a release showed a check: a failure if it bites."""
    rows = row["report"]["checks"] if row["report"] else []
    seen = next((one for one in rows if one["id"] == check), None)
    if seen is None or seen["observed"] is None:
        reason = row["reason"] or (seen or {}).get("evidence") or f"{check} was not asked"
        return Trial(release, "", untried=reason)
    outcome = f"{check}: {seen['observed']}"
    return Trial(release, "", outcome if seen["bites"] else None)

"""Watches a recording run: what is recorded, how its checks end, and the writing at its end."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from conformance.cassettes.keys import LIVE
from conformance.cassettes.writing import Ran, Result, metadata, written
from conformance.core.model import Verdict
from conformance.run.session import JUDGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.run.observation import Judge
    from conformance.run.session import Session

NOTHING = pytest.ExitCode.NO_TESTS_COLLECTED


class Recorder:
    """The part of the plug-in for runs that record."""

    def __init__(self, session: Session) -> None:
        """Watch the run that a session describes."""
        self.session = session
        self.scenarios: dict[str, str] = {}
        self.judges: dict[str, Judge] = {}
        self.verdicts: dict[str, str] = {}
        self.result: Result | None = None

    def pytest_report_header(self) -> list[str]:
        """Say what is recorded, and what is not and why."""
        plan = self.session.plan
        names = ", ".join(sorted(plan.targets))
        source = names if plan.provenance == LIVE else f"the stand-ins for {names}"
        return [f"recording: {source}", *self._skipped()]

    def _skipped(self) -> list[str]:
        skipped = self.session.plan.skipped
        return [f"skipped    {name}: {why}; replayed instead" for name, why in skipped.items()]

    def pytest_sessionstart(self) -> None:
        """Keep connections whole: vendors are asked through real sockets, see `loopback`."""
        gc.disable()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which scenario each chosen check uses."""
        for item in session.items:
            marker = item.get_closest_marker("scenario")
            if JUDGE in item.stash and marker is not None:
                judge = item.stash[JUDGE]
                self.judges[judge.id] = judge
                self.scenarios[judge.id] = marker.args[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn what became of a check. One that has observed has asked all it had to ask.

        That nothing was expected of it, or something else, is no fault of the recording.
        """
        row = {name: str(value) for name, value in report.user_properties}
        judge = self.judges.get(row.get("id", ""))
        if judge is not None:
            blind = row["verdict"] == Verdict.ERROR and judge.outcome is None
            other = Verdict.DRIFT if row["verdict"] == Verdict.ERROR else row["verdict"]
            self.verdicts[judge.id] = Verdict.ERROR if blind else other

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write what was recorded whole. A run that was broken off writes nothing."""
        gc.enable()
        library = self.session.library
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            ended = "no check was chosen" if exitstatus == NOTHING else "broken off"
            self.result = Result([f"{ended}; every cassette is as before"], complete=False)
        elif library is not None:
            top = metadata(self.session.plan.provenance, self.session.release)
            self.result = written(library, Ran(self._using(), self.verdicts), top)
            if not self.result.complete and exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _using(self) -> dict[str, set[str]]:
        using: dict[str, set[str]] = {}
        for check, scenario in self.scenarios.items():
            if self.verdicts.get(check) != Verdict.NOT_APPLICABLE:
                using.setdefault(scenario, set()).add(check)
        if self.session.mode == "rewrite" and self.session.release is not None:
            from conformance.run import catalogue  # noqa: PLC0415 - it collects, which takes its time

            for known in catalogue.checks(self.session.release):
                if known.scenario in using and known.reason is None:
                    using[known.scenario].add(known.id)
        return using

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what became of each cassette."""
        if self.result is None:
            return
        terminalreporter.section("recording")
        for line in (*self._skipped(), *self.result.lines, *self._closing(self.result)):
            terminalreporter.write_line(line)

    def _closing(self, result: Result) -> Iterator[str]:
        drifted = [check for check, verdict in self.verdicts.items() if verdict == Verdict.DRIFT]
        if drifted:
            yield f"drifted, and recorded all the same: {', '.join(sorted(drifted))}"
        yield f"updated: {', '.join(result.updated) or 'no cassette'}"

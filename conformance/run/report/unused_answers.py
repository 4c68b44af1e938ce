"""Watches a complete run for recorded answers that no check asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core import measured, releases
from conformance.run import catalogue
from conformance.run.report import inventory
from conformance.run.session import JUDGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.run.session import Session


KEY = "conformance"


class Usage:
    """The part of the plug-in that ends a complete run with an error if an answer went unused.

    Complete is a run of every check that has a scenario, without a failure, on the release that the
    cassettes are recorded on, beside the packages that it was measured with: another SDK may refuse
    to send what was recorded. With pytest-xdist the process that prints learns it from the others.
    """

    def __init__(self, config: pytest.Config, session: Session) -> None:
        """Watch the run that a session describes."""
        self.config = config
        self.session = session
        self.files: set[Path] = set()
        self.left_out = False
        self.played: set[str] = set()
        self.unused: list[str] = []

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Learn whether a check with a scenario was left out."""
        self.left_out |= any(
            JUDGE in item.stash and item.get_closest_marker("scenario") for item in items
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which files of checks take part."""
        self.files = {item.path for item in session.items if JUDGE in item.stash}
        self.left_out |= any("::" in argument for argument in session.config.args)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn which answers a check asked for."""
        row = {name: str(value) for name, value in report.user_properties}
        self.played.update(json.loads(row.get("played", "[]")))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a run that is complete and has left answers unused."""
        if hasattr(self.config, "workerinput"):
            files = [str(file) for file in self.files]
            output: dict[str, Any] = vars(self.config)["workeroutput"]
            output[KEY] = {"files": files, "left_out": self.left_out}
            return
        release = self.session.release
        if exitstatus != pytest.ExitCode.OK or release != releases.reference():
            return
        if measured.differences(release, measured.installed()):
            return
        if self._complete():
            stock = inventory.answers(self.session.cassettes)
            self.unused = inventory.unused(stock, self.played, release)
        if self.unused:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn what a process of pytest-xdist has collected; one that was killed says nothing."""
        told = getattr(node, "workeroutput", {}).get(KEY)
        if told is not None:
            self.files |= set(map(Path, told["files"]))
            self.left_out |= told["left_out"]

    def _complete(self) -> bool:
        with_scenario = {f for f in catalogue.files() if "scenario(" in f.read_text("utf-8")}
        return not self.left_out and with_scenario <= self.files

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the unused answers."""
        if self.unused:
            terminalreporter.section("unused answers")
            for line in (
                *self.unused,
                f"error: {len(self.unused)} unused; {inventory.RECORD_ANEW}",
            ):
                terminalreporter.write_line(line, red=True)

"""Collects the findings of a run and hands the report to the terminal and to a file.

With pytest-xdist the hooks run in the process that prints; findings arrive in report properties.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import shipped
from conformance.cassettes import recordings
from conformance.core import releases
from conformance.core.model import Finding, SubjectName, Verdict
from conformance.core.needs import PROCESS
from conformance.run import arguments, catalogue
from conformance.run.live import text as live_text
from conformance.run.report import github
from conformance.run.report.document import ConfigFile, Report, Server
from conformance.run.report.summary import Summary
from conformance.run.session import JUDGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.run.session import Session


def properties(finding: Finding) -> list[tuple[str, object]]:
    """Return a finding as properties of a pytest report, which JUnit files show."""
    return [
        (
            name,
            json.dumps(value) if isinstance(value, list | bool) else "" if value is None else value,
        )
        for name, value in finding.as_json().items()
    ]


def finding_of(row: dict[str, object]) -> Finding:
    """Return the finding that `properties` was given."""
    fields: dict[str, Any] = {name: row[name] for name in Finding.__dataclass_fields__}
    return Finding(
        **fields
        | {
            "verdict": Verdict(str(row["verdict"])),
            "observed": row["observed"] or None,
            "expected": row["expected"] or None,
            "bites": json.loads(str(row["bites"])),
            "played": tuple(json.loads(str(row["played"]))),
            "deviations": tuple(json.loads(str(row["deviations"]))),
            "received": tuple(json.loads(str(row["received"]))),
            "off_contract": json.loads(str(row["off_contract"])),
            "subject": SubjectName(str(row["subject"])),
            "made_up": int(str(row["made_up"])),
        }
    )


CRASHED = "???"  # the phase of what pytest-xdist reports of a process that has died


class Reporting:
    """The part of the plug-in that watches a run."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        """Watch the run of a config. Raises `pytest.UsageError` if a cassette is unreadable."""
        self.session = session
        target = config.getoption("--conformance-json")
        self.target = Path(target).absolute() if target else None
        self.not_written = ""
        self.lost: set[str] = set()
        # Where there are checks that start a server, which this run leaves out.
        left_out = arguments.leaves_out_processes(config)
        self.left_alone = arguments.in_reach(config, catalogue.files()) if left_out else []
        self.worker = hasattr(config, "workerinput")
        self.verbose = config.get_verbosity() > 0
        self.whole = self.verbose or config.getoption("--conformance-list")
        release = session.release
        self.report = Report(
            release=release,
            module=releases.facts(release).module if release else "",
            config=_config(session),
            server=_server(session),
            record_mode=session.mode,
            stock=stock(session.cassettes),
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which checks are chosen, for a run that is broken off."""
        if session.config.option.collectonly:
            return
        items = (item for item in session.items if JUDGE in item.stash)
        if self.session.live:
            items = (item for item in items if not item.get_closest_marker("skip"))
        self.report.chosen |= {item.nodeid for item in items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note the same where pytest-xdist's processes collect, and this one does not."""
        if not self.session.live:
            self.report.chosen |= {nodeid for nodeid in ids if catalogue.is_check(nodeid)}

    def pytest_report_header(self) -> str:
        """Say what is under test."""
        if self.session.live:
            return "\n".join(live_text.header(self.session.live))
        release = self.report.release or self.session.trouble
        return f"conformance: {release}; {self.report.config.path}; record mode {self.session.mode}"

    def pytest_report_collectionfinish(self, config: pytest.Config) -> list[str]:
        """Say what will be sent to a running gateway, before it is.

        Its progress is one line: most files hold nothing that can be asked of it.
        """
        if self.session.live is None:
            return []
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and not self.verbose:
            terminal.showfspath = False
        return list(live_text.estimate(self.session.live))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Give what cannot be asked of a running gateway no letter: most checks cannot."""
        if self.session.live and report.skipped and not self.verbose:
            return "skipped", "", "SKIPPED"
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the finding out of a report; a later one of the same check replaces it.

        Unless its process died: pytest-xdist runs it again, and once is enough for an error.
        """
        row = dict(report.user_properties)
        found = None
        if report.when == CRASHED:
            self.lost.add(report.nodeid)
            found = catalogue.lost(report.nodeid, report.longreprtext)
        elif report.nodeid in self.lost:
            return
        elif report.when and "verdict" in row and (report.when == "call" or not report.passed):
            found = finding_of(row)
        if found is not None:
            others = [f for f in self.report.findings if f.nodeid != found.nodeid]
            self.report.findings = [*others, found]

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        """Print the summary behind pytest's own output, but after wrong use."""
        nothing = not self.report.findings and not self.report.chosen
        if nothing and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            terminalreporter.write_line(arguments.nothing_chosen(terminalreporter.config), red=True)
        if nothing or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        self._complete()
        terminalreporter.section("conformance")
        width = terminalreporter._tw.fullwidth  # noqa: SLF001 - pytest tells it nowhere else
        lines = list(Summary(self.report, width, whole=self.whole, verbose=self.verbose).lines())
        for line, colour in lines:
            terminalreporter.write_line(line, **({colour: True} if colour else {}))
        if self.not_written:
            terminalreporter.write_line(self.not_written, red=True)
        if github.is_running():
            for line in self._annotations():
                terminalreporter.write_line(line)
            github.add_to_summary(line for line, _colour in lines)

    def _annotations(self) -> Iterator[str]:
        for found in self.report.of(Verdict.DRIFT):
            said = f"expected {found.expected}, observed {found.observed}: {found.evidence}"
            yield github.annotation(f"drift {found.id}", said, found.nodeid)
        for found in self.report.of(Verdict.ERROR):
            yield github.annotation(f"error {found.id}", found.evidence, found.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the JSON report; where that fails, the summary is still to come, and says so."""
        if self.target is None or self.worker:
            return
        self._complete()
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.target.write_text(self.report.text(), encoding="utf-8")
        except OSError as error:
            self.not_written = f"error: --conformance-json {self.target}: {error.strerror}"
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def _complete(self) -> None:
        self.report.findings.sort(key=lambda finding: finding.id)
        self.report.topics = catalogue.topics(self.report.release)
        if self.session.live:  # what else is declared cannot be asked of it
            return
        seen = catalogue.files_of({finding.gotcha for finding in self.report.findings})
        files = {*seen, *self.left_alone}
        checks = catalogue.declared(files) if files else ()
        out = [each for each in checks if self.left_alone and PROCESS in each.needs]
        self.report.declared = catalogue.by_topic(each for each in checks if each not in out)
        self.report.left_out = len(out)
        self.report.whole = files == set(catalogue.files())


def _config(session: Session) -> ConfigFile:
    if session.live:
        return ConfigFile(session.live.address.url, "", own=False)
    own = session.own.file if session.own else None
    file = own or shipped("run.yaml")
    shown = str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    return ConfigFile.of(file, shown, own=own is not None)


def _server(session: Session) -> Server | None:
    live = session.live
    if live is None:
        return None
    beside = live.control.limits if live.control else None
    return Server(live.address.url, live.source, live.limits, beside, live.refusals)


def stock(cassettes: Path) -> dict[str, str]:
    """Return the provenance of every recorded answer, by its label (`openai/chat#0`)."""
    found = {}
    for file in sorted(cassettes.glob("*/*.yaml")):
        try:
            recording = recordings.read(file)
        except recordings.CassetteError as error:
            raise pytest.UsageError(str(error)) from error
        for number in range(len(recording.interactions)):
            found[f"{file.parent.name}/{file.stem}#{number}"] = recording.provenance
    return found

"""Watches a recording run: what it will ask, how its checks end, and the writing at its end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from conformance.cassettes import estimate, probing
from conformance.cassettes.departures import upstream_at, watched
from conformance.cassettes.result import Result
from conformance.cassettes.writing import Ran, metadata, written
from conformance.core.model import Verdict
from conformance.run.session import JUDGE
from conformance.stack import garbage
from conformance.stack.sandbox import closed_network, process_home, surroundings
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

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
        self.refused: dict[str, str] = {}
        self.closing = ExitStack()
        self.result: Result | None = None

    def pytest_report_header(self) -> list[str]:
        """Say what is recorded, and what is not and why."""
        plan = self.session.plan
        names = ", ".join(sorted(plan.targets))
        source = names if plan.live else f"the stand-ins for {names}"
        return [f"recording: {source}", *self._skipped()]

    def _skipped(self) -> list[str]:
        skipped = self.session.plan.skipped
        return [f"skipped    {name}: {why}; replayed instead" for name, why in skipped.items()]

    def pytest_sessionstart(self) -> None:
        """Keep connections whole, and let no request leave unseen: vendors are really asked."""
        self.closing.enter_context(garbage.left_alone())
        origins = {upstream.origin: name for name, upstream in UPSTREAMS.items()}
        departures = self.session.departures
        departures.keys = self.session.plan.real
        departures.upstream = lambda url: upstream_at(origins, url)
        departures.vendors = frozenset(UPSTREAMS) if self.session.plan.live else frozenset()
        self.closing.enter_context(watched(departures))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which scenario each chosen check uses."""
        for item in session.items:
            marker = item.get_closest_marker("scenario")
            if JUDGE in item.stash and marker is not None:
                judge = item.stash[JUDGE]
                self.judges[judge.id] = judge
                self.scenarios[judge.id] = marker.args[0]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Tell what will be asked, and ask each vendor one question first.

        Raises `pytest.UsageError`, one line, if no vendor can be recorded.
        """
        plan = self.session.plan
        if plan.live and self.scenarios and not session.config.getoption("collectonly"):
            self._tell(session.config)
            self.refused = self._refusals(plan.targets)
            for upstream in self.refused:
                plan = plan.without(upstream)
            self.session.plan = plan
            if not plan.targets:
                told = "; ".join(f"{name}: {why}" for name, why in self.refused.items())
                raise pytest.UsageError(f"no vendor can be recorded: {told}")
        return (yield)

    def _tell(self, config: pytest.Config) -> None:
        found = estimate.estimates(
            self.session.cassettes, set(self.scenarios.values()), self.session.plan.targets
        )
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            for upstream, expected in found.items():
                reporter.write_line(f"will ask   {upstream}: {expected}")

    def _refusals(self, upstreams: frozenset[str] | set[str]) -> dict[str, str]:
        """Return why vendors cannot be recorded, by name, in the surroundings that checks have."""
        plan, home = self.session.plan, process_home()
        with closed_network(plan.hosts, live=True), surroundings(home, home):
            found = {
                name: probing.refusal(
                    name,
                    plan.real[name],
                    self._model(name),
                    self.session.departures,
                )
                for name in sorted(upstreams)
            }
        return {name: self.session.clean(why) for name, why in found.items() if why}

    def _model(self, upstream: str) -> str:
        """Return a model of a vendor that the suite's config registers."""
        routes = self.session.of_release.routes
        return next(route.vendor_model for route in routes if route.vendor == upstream)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a check's verdict. A check that observed has sent all its requests.

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
        """Write what was recorded whole. A run that was broken off writes nothing.

        The run's exit status says whether the recording worked: a drift is told, and no failure.
        """
        self._settle_doubts()
        self.closing.close()
        library = self.session.library
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            ended = "no check was chosen" if exitstatus == NOTHING else "broken off"
            self.result = Result(failed=f"{ended}; every cassette is as before")
        elif library is not None:
            top = metadata(self.session.plan.provenance, self.session.release)
            self.result = written(library, Ran(self._using(), self.verdicts), top)
            for upstream, why in self.refused.items():
                self.result.of(upstream).left["everything"] = why
            good = self.result.complete
            session.exitstatus = pytest.ExitCode.OK if good else pytest.ExitCode.TESTS_FAILED

    def _settle_doubts(self) -> None:
        """Ask once more where a vendor refused its own key on a path that is in question."""
        library = self.session.library
        if library is None or not library.doubtful:
            return
        for upstream, why in self._refusals(set(library.doubtful)).items():
            for scenario in library.doubtful[upstream]:
                library.note(scenario, upstream, why)

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

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Print the result for each cassette, as the last section."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if self.result is None or reporter is None:
            return
        reporter.section("recording")
        for line in (*self._skipped(), *self._drifts(self.result), *self.result.lines()):
            reporter.write_line(self.session.clean(line))

    def _drifts(self, result: Result) -> Iterator[str]:
        drifted = sorted(c for c, verdict in self.verdicts.items() if verdict == Verdict.DRIFT)
        updated = {name.partition("/")[2] for name in result.updated}
        for told, there in (("recorded despite drift", True), ("drift, not recorded", False)):
            names = [c for c in drifted if (self.scenarios[c] in updated) is there]
            if names:
                yield f"{told}: {', '.join(names)}"

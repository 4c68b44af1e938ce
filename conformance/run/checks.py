"""Runs checks: gives each its surroundings and its limits, and turns its end into a verdict."""

from __future__ import annotations

import functools
import importlib
import inspect
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from conformance import PACKAGE
from conformance.core.model import CouldNotObserveError, DriftError, NotApplicableError, Verdict
from conformance.core.needs import PROCESS
from conformance.run import collection, fixtures, interruption, limits, options, output, selection
from conformance.run.live import outside
from conformance.run.observation import Judge, topic_of
from conformance.run.report.recorder import Recorder
from conformance.run.report.reporter import Reporting, properties
from conformance.run.report.unused_answers import Usage
from conformance.run.session import JUDGE, SESSION
from conformance.run.stray_threads import StrayThreads
from conformance.stack import sandbox, timeouts

if TYPE_CHECKING:
    from collections.abc import Generator

STRAYS = pytest.StashKey[StrayThreads]()


def begin(config: pytest.Config) -> None:
    """Read what the run works with, once. Raises `pytest.UsageError` for a wrong option."""
    if SESSION in config.stash:
        return
    for marker in collection.MARKERS:
        config.addinivalue_line("markers", marker)
    config.add_cleanup(timeouts.terminable())  # so that no server is left behind
    session = options.session(config)
    selection.refuse_for_processes(config)
    config.stash[SESSION] = session
    config.stash[STRAYS] = StrayThreads()
    register = config.pluginmanager.register
    register(importlib.import_module(__name__), "conformance-checks")
    for name in fixtures.OF_LIVE if session.live else fixtures.OF_A_RELEASE:
        register(importlib.import_module(f"conformance.run.fixtures.{name}"), f"conformance-{name}")
    register(Reporting(config, session), "conformance-reporting")
    register(interruption, "conformance-interruption")
    register(limits, "conformance-limits")
    if session.mode != "none":
        register(Recorder(session), "conformance-recording")
    elif not config.getoption("collectonly") and not session.live:
        register(Usage(config, session), "conformance-usage")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep keys out of the logs that pytest writes."""
    if _has_checks(session):
        output.redact_logs(session.config, session.config.stash[SESSION].clean)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note the exit status, in case the process has to be ended; let stacks say nothing more."""
    session.config.stash[STRAYS].status = int(session.exitstatus)
    if _has_checks(session):
        output.collect_quietly()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's directory; do not let a thread of a hung boot keep the process."""
    shutil.rmtree(config.stash[SESSION].workplace, ignore_errors=True)
    config.stash[STRAYS].leave_behind()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> None:
    """Let a check be a plain coroutine: pytest-asyncio needs a marker before it makes the item."""
    is_check = name.startswith("test_") and inspect.iscoroutinefunction(obj)
    if is_check and collector.path.is_relative_to(PACKAGE):
        pytest.mark.asyncio(loop_scope="session")(obj)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a check of every subject and every route that it is for."""
    collection.parametrize(metafunc, metafunc.config.stash[SESSION])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each check its judge, keep the chosen ones, set aside those that do not apply."""
    session = config.stash[SESSION]
    for item in items:
        if not isinstance(item, pytest.Function) or topic_of(item.module) is None:
            continue
        for name in ("conformance", *selection.vendors_of(item, session)):
            item.add_marker(name)
        # The stack's warnings are its own, and turning them into errors would change it.
        item.add_marker(pytest.mark.filterwarnings("ignore"))
        judge = item.stash[JUDGE] = collection.judge_of(item, session)
        if PROCESS in judge.needs:
            item.add_marker(PROCESS)
        if inspect.iscoroutinefunction(item.obj):
            item.obj = limits.limited(item, session.left_behind)
    selection.keep(config, items)
    for item in items:  # of the chosen alone: what a running gateway is sent has limits
        if isinstance(item, pytest.Function) and JUDGE in item.stash:
            collection.set_aside(item, item.stash[JUDGE], session)
    if session.live:
        items.sort(key=functools.partial(outside.cost, live=session.live))


def _has_checks(session: pytest.Session) -> bool:
    return any(JUDGE in item.stash for item in session.items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let the user interrupt a run at any moment, also while the stack has the word."""
    if not _has_checks(session):
        return (yield)
    with timeouts.interruptible():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a check in clean surroundings: nothing of the user's environment, no network."""
    if JUDGE not in item.stash:
        return (yield)
    session = item.config.stash[SESSION]
    session.wire.clear()
    home = sandbox.process_home()
    with ExitStack() as around:
        around.enter_context(item.config.stash[STRAYS].noted())
        plan = session.plan
        around.enter_context(sandbox.closed_network(session.hosts, live=plan.live))
        if _takes_shortcuts(item):
            around.enter_context(sandbox.one_certificate())
        around.enter_context(sandbox.surroundings(home, home))
        if _takes_shortcuts(item) and session.release is not None and not session.live:
            from conformance.stack import late_routes  # noqa: PLC0415 - needs the stack's FastAPI

            around.enter_context(late_routes.taken())
        return (yield)


def _takes_shortcuts(item: pytest.Item) -> bool:
    return not item.config.getoption("--conformance-plain")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the end of a check into a finding, which travels in the report's properties."""
    made = yield
    judge = item.stash.get(JUDGE, None)
    if judge is not None:
        verbose = item.config.get_verbosity() > 0
        output.redact_report(made, judge.clean, verbose=verbose)
    if judge is None or (made.when != "call" and made.passed):
        return made
    verdict, text = _judged(judge, made, call)
    if verdict in {Verdict.DRIFT, Verdict.ERROR}:
        made.outcome = "failed"
        # pytest calls trouble outside the call an error, on the terminal and in its JUnit file.
        made.when = "setup" if verdict is Verdict.ERROR else made.when
        made.longrepr = judge.clean(text)
    if verdict is Verdict.NOT_APPLICABLE and made.failed:
        made.outcome = "skipped"
        made.longrepr = (str(item.path), 0, judge.clean(f"Skipped: {text}"))
    evidence = judge.evidence if verdict in {Verdict.AS_EXPECTED, Verdict.DRIFT} else text
    # On the item too: pytest writes the properties of the last phase into its JUnit file.
    item.user_properties[:] = properties(judge.finding(verdict, evidence, call.duration))
    made.user_properties = list(item.user_properties)
    return made


def _judged(
    judge: Judge, made: pytest.TestReport, call: pytest.CallInfo[None]
) -> tuple[Verdict, str]:
    error = _cause(call.excinfo.value) if call.excinfo else None
    if isinstance(error, DriftError):
        return Verdict.DRIFT, str(error)
    if (made.when == "setup" and made.skipped) or isinstance(error, NotApplicableError):
        return Verdict.NOT_APPLICABLE, str(error)
    if error is None and judge.outcome is not None:
        return Verdict.AS_EXPECTED, ""
    if error is None:
        return Verdict.ERROR, f"{judge.id}: the check ended without an observation"
    if isinstance(error, CouldNotObserveError):
        return Verdict.ERROR, f"{judge.id}: could not observe: {error}"
    return Verdict.ERROR, f"{judge.id}: {made.longreprtext}"


def _cause(error: BaseException) -> BaseException:
    """Return the error; of several raised while tearing down, one that names its reason."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    named = error.subgroup(CouldNotObserveError)
    return _cause((named or error).exceptions[0])

"""The pytest plug-in: what counts as a check, and how a check ends in a verdict."""

from __future__ import annotations

import atexit
import fnmatch
import gc
import inspect
import os
import shutil
import sys
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from conformance import PACKAGE
from conformance.core import fields
from conformance.core.model import CouldNotObserveError, DriftError, Verdict
from conformance.run import collection, options, output
from conformance.run.observation import Judge, topic_of
from conformance.run.recorder import Recorder
from conformance.run.reporting import Reporting, properties
from conformance.run.session import JUDGE, SESSION
from conformance.run.unused_answers import Usage
from conformance.stack import timeouts
from conformance.stack.sandbox import closed_network, process_home, surroundings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PATIENCE_S = 2.0  # that threads have to end in, when all is done

pytest_plugins = [
    f"conformance.run.{name}" for name in ("fixtures", "gateways", "loopback", "server_command")
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read what the run works with. A wrong option ends the run here, in one line."""
    for marker in collection.MARKERS:
        config.addinivalue_line("markers", marker)
    session = options.session(config)
    config.stash[SESSION] = session
    config.pluginmanager.register(Reporting(config, session), "conformance-reporting")
    if session.mode != "none":
        config.pluginmanager.register(Recorder(session), "conformance-recording")
    elif not config.getoption("collectonly"):
        config.pluginmanager.register(Usage(session), "conformance-usage")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep keys out of the logs that pytest writes."""
    output.redact_logs(session.config, session.config.stash[SESSION].secrets)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Note the exit status, in case the process has to be ended."""
    session.config.stash[SESSION].status = exitstatus


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's directory; do not let a thread of a hung boot keep the process."""
    session = config.stash.get(SESSION, None)
    if session is None:
        return
    shutil.rmtree(session.workplace, ignore_errors=True)
    gc.freeze()  # pytest is going to look for garbage five times
    until = time.monotonic() + PATIENCE_S
    left = [t for t in set(threading.enumerate()) - session.threads if not t.daemon]
    for thread in left:
        thread.join(timeout=max(0, until - time.monotonic()))
    if any(thread.is_alive() for thread in left):
        atexit._run_exitfuncs()  # noqa: SLF001 - directories are removed there
        sys.stdout.flush()
        os._exit(session.status)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> None:
    """Let a check be a plain coroutine: pytest-asyncio needs a marker before it makes the item."""
    is_check = name.startswith("test_") and inspect.iscoroutinefunction(obj)
    if is_check and _is_ours(getattr(collector, "path", None)):
        pytest.mark.asyncio(loop_scope="session")(obj)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a check of every subject and every route that it is for."""
    collection.parametrize(metafunc, metafunc.config.stash[SESSION])


@cache
def _is_ours(file: Path | None) -> bool:
    return file is not None and file.resolve().is_relative_to(PACKAGE.resolve())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each check its judge, keep the chosen ones, set aside those that do not apply."""
    session = config.stash[SESSION]
    for item in items:
        if not isinstance(item, pytest.Function) or topic_of(item.module) is None:
            continue
        item.add_marker("conformance")
        # The stack's warnings are its own, and turning them into errors would change it.
        item.add_marker(pytest.mark.filterwarnings("ignore"))
        judge = item.stash[JUDGE] = collection.judge_of(item, session)
        if reason := collection.reason_not_to_run(item, judge, session):
            item.add_marker(pytest.mark.skip(reason=reason))
    _keep(config, items)


def _keep(config: pytest.Config, items: list[pytest.Item]) -> None:
    patterns, subject = config.getoption("--check"), config.getoption("--conformance-subject")
    if not patterns and not subject:
        return
    kept = [
        item
        for item in items
        if JUDGE in item.stash
        and subject in {None, item.stash[JUDGE].subject}
        and any(fnmatch.fnmatchcase(item.stash[JUDGE].id, each) for each in patterns or ["*"])
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let the user interrupt a run at any moment, also while the stack has the word."""
    if not any(JUDGE in item.stash for item in session.items):
        return (yield)
    with timeouts.interruptible():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a check in clean surroundings: nothing of the user's environment, no network."""
    if JUDGE not in item.stash:
        return (yield)
    session = item.config.stash[SESSION]
    home = process_home()
    with closed_network(session.plan.hosts), surroundings(home, home):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the end of a check into a finding, which travels in the report's properties."""
    made = yield
    judge = item.stash.get(JUDGE, None)
    if judge is not None:
        verbose = item.config.get_verbosity() > 0
        output.redact_report(made, judge.keys, verbose=verbose)
    if judge is None or (made.when != "call" and made.passed):
        return made
    verdict, text = _judged(judge, made, call)
    if verdict in {Verdict.DRIFT, Verdict.ERROR}:
        made.outcome = "failed"
        # pytest calls trouble outside the call an error, on the terminal and in its JUnit file.
        made.when = "setup" if verdict is Verdict.ERROR else made.when
        made.longrepr = fields.concealed(text, judge.keys)
    evidence = judge.evidence if verdict in {Verdict.AS_EXPECTED, Verdict.DRIFT} else text
    # On the item too: pytest writes the properties of the last phase into its JUnit file.
    item.user_properties[:] = properties(judge.finding(verdict, evidence, call.duration))
    made.user_properties = list(item.user_properties)
    return made


def _judged(
    judge: Judge, made: pytest.TestReport, call: pytest.CallInfo[None]
) -> tuple[Verdict, str]:
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, DriftError):
        return Verdict.DRIFT, str(error)
    if made.when == "setup" and made.skipped:
        return Verdict.NOT_APPLICABLE, str(error)
    if error is None and judge.outcome is not None:
        return Verdict.AS_EXPECTED, ""
    if error is None:
        return Verdict.ERROR, f"{judge.id}: the check ended without an observation"
    if isinstance(error, CouldNotObserveError):
        return Verdict.ERROR, f"{judge.id}: could not observe: {error}"
    return Verdict.ERROR, f"{judge.id}: {made.longreprtext}"

"""In a project without checks, pytest does what it would do without the plug-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration  # runs beside the tests of other projects

WRITES_AT_ITS_END = """
import pathlib
import threading
import time

def write():
    time.sleep(1)
    pathlib.Path("written").write_text("all of it")

def test_starts_a_thread():
    threading.Thread(target=write).start()
"""
OWN_OPTIONS = """
def pytest_addoption(parser):
    for name in ("--check", "--upstream", "--cassettes", "--processes"):
        parser.addoption(name)
"""
UNITTEST = """
import unittest

class Test(unittest.TestCase):
    def test_one(self):
        self.assertEqual(1, 1)
"""
LOOKS = """
import gc, json, os, signal, socket, sys, tempfile, threading
import pathlib

def test_looks(request):
    pathlib.Path(os.environ["LOOKED"]).write_text(json.dumps({
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGALRM)],
        "gc": [gc.isenabled(), gc.get_freeze_count()],
        "temporary": sorted(os.listdir(tempfile.gettempdir())),
        "markers": [m for m in request.config.getini("markers") if "scenario" in m or "needs" in m],
        "loaded": sorted(name for name in sys.modules if name.startswith(("yaml", "httpx", "vcr"))),
    }))
"""


def run_pytest(directory: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run pytest in the directory of another project; return its status and what it printed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=directory,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=runs.LIMIT_S,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_thread_of_another_project_ends_its_work(tmp_path: Path) -> None:
    """Python waits for a thread that still writes a file when the tests are over."""
    (tmp_path / "test_it.py").write_text(WRITES_AT_ITS_END)
    status, _ = run_pytest(tmp_path)

    assert status == 0
    assert (tmp_path / "written").read_text() == "all of it"


def test_another_project_has_options_of_its_own(tmp_path: Path) -> None:
    """Options without the suite's prefix are free."""
    (tmp_path / "conftest.py").write_text(OWN_OPTIONS)
    (tmp_path / "test_it.py").write_text(
        "def test_it(request):\n    assert request.config.getoption('--check') == 'x'\n"
    )
    status, output = run_pytest(tmp_path, "--check=x")

    assert status == 0, output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNITTEST, pytest.ExitCode.OK),
        ("", pytest.ExitCode.NO_TESTS_COLLECTED),
        ("def test_it():\n    assert 0\n", pytest.ExitCode.TESTS_FAILED),
        ("def test_it(home):\n    pass\n", pytest.ExitCode.TESTS_FAILED),
    ],
    ids=["unittest", "no-tests", "failing", "a-fixture-of-the-suite"],
)
def test_the_exit_status_is_the_same(tmp_path: Path, text: str, expected: pytest.ExitCode) -> None:
    """A project without checks ends as it would without the plug-in, with its own words alone."""
    (tmp_path / "test_it.py").write_text(text)
    with_it, output = run_pytest(tmp_path, "-q")
    without, _ = run_pytest(tmp_path, "-q", "-p", "no:conformance")

    assert (with_it, without) == (expected, expected)
    assert "conformance" not in output


def test_nothing_is_different_while_another_project_runs(tmp_path: Path) -> None:
    """Threads, signals, garbage collection, temporary files and markers are the same."""
    project = tmp_path / "project"
    found: list[dict[str, object]] = []
    project.mkdir()
    (project / "test_it.py").write_text(LOOKS)
    for arguments in ([], ["-p", "no:conformance"]):
        target = tmp_path / f"looked-{len(found)}"
        temporary = tmp_path / f"temporary-{len(found)}"
        temporary.mkdir()
        status, output = run_pytest(project, *arguments, LOOKED=str(target), TMPDIR=str(temporary))
        assert status == 0, output
        found.append(json.loads(target.read_text()))

    assert found[0] == found[1]


def test_strict_markers_refuse_those_of_checks(tmp_path: Path) -> None:
    """A marker that only checks have is unknown to another project."""
    text = "import pytest\n\n@pytest.mark.scenario\ndef test_it():\n    pass\n"
    (tmp_path / "test_it.py").write_text(text)
    status, output = run_pytest(tmp_path, "--strict-markers")

    assert status == pytest.ExitCode.INTERRUPTED
    assert "'scenario' not found" in output


@pytest.mark.parametrize("form", ["two words", "one word"])
def test_a_config_does_not_move_the_root(tmp_path: Path, form: str) -> None:
    """The user's config may lie in another project, with a blank in its path."""
    here, other = tmp_path / "here", tmp_path / "another project"
    for directory in (here, other):
        directory.mkdir()
        (directory / "pytest.ini").write_text("[pytest]\n")
    file = other / "run.yaml"
    file.write_text((runs.ROOT / "run.yaml").read_text())
    option = ["--stack-config", str(file)] if form == "two words" else [f"--stack-config={file}"]
    _, shown = run_pytest(here, "--collect-only", *option)

    assert f"rootdir: {here}" in shown
    assert "configfile: pytest.ini" in shown
    assert "no tests collected" in shown


def test_checks_may_run_beside_another_projects_tests(tmp_path: Path) -> None:
    """Among checks, another project's tests find the process as it was."""
    (tmp_path / "test_it.py").write_text(
        "import os\n\ndef test_home():\n    assert os.environ['HOME'] == os.environ['AT_HOME']\n"
    )
    one = ("--pyargs", "conformance.gotchas.telemetry_removed.test_telemetry_removed")
    report = tmp_path / "report.json"
    status, output = run_pytest(
        tmp_path,
        *("test_it.py", *one, f"--conformance-json={report}"),
        AT_HOME=os.environ["HOME"],
    )

    assert status == 0, output
    assert output.startswith("=====")  # no warning about settings that only the checks would need
    assert {row["verdict"] for row in json.loads(report.read_text())["checks"]} == {"as-expected"}

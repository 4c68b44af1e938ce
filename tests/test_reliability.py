"""The same verdicts in any surroundings, and nothing left behind."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.core.needs import PROCESS
from conformance.run import catalogue
from conformance.run.session import MADE_UP_KEYS
from tests.support import runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration  # runs that hang, break off or have no stack

TELEMETRY = "conformance/gotchas/telemetry_removed"
TILDE = "conformance/gotchas/tilde_path"
STORES = "conformance/promises/store_files"
CHAT = "conformance/promises/chat"
STREAMING = "conformance/promises/streaming"
SPOILT = ("-p", "tests.support.hostile_stack")
REAL_LOOKING = "sk-proj-" + "Zx9Qw7Er5Ty3Ui1Op" * 3

HOSTILE: dict[str, str | None] = {
    "HOME": None,
    "OPENAI_API_KEY": REAL_LOOKING,
    "GEMINI_API_KEY": REAL_LOOKING,
    "ANTHROPIC_API_KEY": REAL_LOOKING,
    "PASSTHROUGH_API_KEY": REAL_LOOKING,
    "PASSTHROUGH_URL": "http://127.0.0.1:9/nowhere",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/nowhere",
    "OPENAI_ORG_ID": "org-hostile",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "SQLITE_STORE_DIR": "/nonexistent",
    "LLAMA_STACK_CONFIG_DIR": "/nonexistent",
    "LLAMA_STACK_LOGGING": "all=DEBUG",
    "UNSET": "/nonexistent",
}


def as_expected() -> dict[str, str]:
    """Return verdict and outcome that a check has in ordinary surroundings, for a usual run's."""
    checks = catalogue.checks(releases.installed())
    usual = [check for check in checks if PROCESS not in check.needs]
    return {check.id: f"as-expected: {check.expected}" for check in usual}


@pytest.fixture
def junk_home(tmp_path: Path) -> Path:
    """A home whose `.llama` is full of junk."""
    home = tmp_path / "junk-home"
    for name in ("distributions/lls-openai/kvstore.db", "distributions/kvstore.db", "registry.db"):
        file = home / ".llama" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"junk, not a database")
    return home


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A checkout nobody may write to."""
    copy = runs.checkout(tmp_path / "checkout")
    directories = [copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for directory in directories:
        directory.chmod(0o555)
    yield copy
    for directory in directories:
        directory.chmod(0o755)


@pytest.mark.thorough  # all checks
def test_hostile_surroundings_change_no_verdict(
    tmp_path: Path, junk_home: Path, read_only: Path
) -> None:
    """Keys, proxies, settings, a home full of junk, order, processes, another project, no network.

    That project runs a suite that it may not write to.
    """
    before, junk = runs.tree(read_only), runs.tree(junk_home)
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["-q", "-p", "no:cacheprovider"]\n'
    )
    hostile = runs.pytest_run(
        tmp_path,
        *("--pyargs", "conformance", "-m", "conformance"),
        *("-n", "2", "-p", "tests.support.reverse_order"),
        cwd=other,
        environment=HOSTILE | {"HOME": str(junk_home), "PYTHONPATH": str(read_only)},
        before=cut_off,
    )
    text = hostile.output + str(hostile.report)

    assert as_expected() == hostile.outcomes
    assert hostile.status == 0
    assert (before, junk) == (runs.tree(read_only), runs.tree(junk_home))
    assert sorted(path.name for path in other.iterdir()) == ["pyproject.toml"]
    assert [] == [key for key in (REAL_LOOKING, *MADE_UP_KEYS.values()) if key in text]


def test_a_read_only_checkout(tmp_path: Path, read_only: Path) -> None:
    """Where stores would be made in the working directory, nothing is written there."""
    before = runs.tree(read_only)
    target = tmp_path / "report"
    target.mkdir()
    sealed = runs.pytest_run(
        target,
        *(TILDE, STORES),
        cwd=read_only,
        environment=HOSTILE | {"PYTHONPATH": str(read_only)},
        before=cut_off,
    )

    assert {"as-expected"} == sealed.verdicts()
    assert sealed.status == 0
    assert before == runs.tree(read_only)


def cut_off() -> None:
    """Leave a process no rights to write where the mode forbids it, and no network."""
    runs.without_write_rights()
    if os.geteuid() == 0:
        runs.loopback_only()


def test_a_run_leaves_nothing_in_the_temporary_directory(tmp_path: Path) -> None:
    """What a run makes, it removes."""
    run = runs.pytest_run(tmp_path, TILDE, environment={"TMPDIR": str(tmp_path)})

    assert {"as-expected"} == run.verdicts()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json"]


@pytest.mark.parametrize(
    ("how", "checks"),
    [
        ("absent", "conformance/promises"),
        ("refusing", "conformance/promises"),
        pytest.param("refusing", "conformance", marks=pytest.mark.thorough),
    ],
)
def test_without_a_stack_nothing_passes(tmp_path: Path, how: str, checks: str) -> None:
    """With the stack gone, or refusing to boot, no check that needs it is as expected."""
    quick = "--tb=native"  # to show the source of each of a thousand errors takes long
    run = runs.pytest_run(tmp_path, checks, quick, *SPOILT, environment={"PYTEST_SPOIL": how})

    assert run.status == 1
    assert "as-expected" not in run.verdicts()


@pytest.mark.parametrize("how", ["hanging", "blocking"])
def test_a_boot_that_hangs_is_an_error(tmp_path: Path, how: str) -> None:
    """A hang is ended after the limit and reported; the process ends by itself."""
    run = runs.pytest_run(
        tmp_path,
        *(TELEMETRY, "--conformance-check=telemetry-removed/both", *SPOILT),
        environment={"PYTEST_SPOIL": how},
    )

    assert (1, {"error"}) == (run.status, run.verdicts())
    assert "the boot hung; ended after 1 s" in run.output


@pytest.mark.parametrize(
    ("how", "folder", "chosen"),
    [
        ("hanging-request", CHAT, "chat/plain-openai"),
        ("hanging-stream", STREAMING, "streaming/first-piece-openai"),
        ("blocking-request", CHAT, "chat/plain-openai"),
        ("hanging-shutdown", TELEMETRY, "telemetry-removed/left-out"),
        ("hanging-fixture", CHAT, "chat/plain-openai"),
    ],
)
def test_whatever_hangs_is_an_error(tmp_path: Path, how: str, folder: str, chosen: str) -> None:
    """A request, a stream, a shutdown or a fixture that hangs is ended, reported, and left."""
    run = runs.pytest_run(
        tmp_path,
        *(folder, f"--conformance-check={chosen}", *SPOILT),
        environment={"PYTEST_SPOIL": how},
    )

    assert run.status == 1
    # Boots that a file shares are shut down once, behind the last of its checks.
    assert run.verdicts() <= {"error", "as-expected" if how == "hanging-shutdown" else ""}
    assert "error" in run.verdicts()
    assert "hung; ended after 2 s" in run.output


def test_a_place_the_harness_relies_on_is_named_if_it_is_missing(tmp_path: Path) -> None:
    """Without it two stacks would share state unseen; every check that boots is an error."""
    run = runs.pytest_run(
        tmp_path,
        *(TELEMETRY, *SPOILT),
        environment={"PYTEST_SPOIL": "lacking"},
    )

    assert (1, {"error"}) == (run.status, run.verdicts())
    assert "relies on: llama_stack.core.storage.kvstore.kvstore:_KVSTORE_LOCKS" in run.output


def test_an_interruption_of_a_boot_ends_the_run(tmp_path: Path) -> None:
    """Interrupted while a stack boots, the run ends, as at any other time."""
    run = runs.pytest_run(
        tmp_path,
        *(TELEMETRY, TILDE, *SPOILT),
        environment={"PYTEST_SPOIL": "interrupted"},
    )

    assert run.status == pytest.ExitCode.INTERRUPTED
    assert "the boot hung" not in run.output


def test_an_interruption_amid_many_requests_ends_the_run(tmp_path: Path) -> None:
    """Those that wait for the interrupted one do not raise it again; the report is written."""
    run = runs.pytest_run(
        tmp_path,
        *("conformance/promises/isolation", "conformance/promises/chat", *SPOILT),
        environment={"PYTEST_SPOIL": "interrupted-request"},
    )

    assert run.status == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in run.output
    assert run.report is not None
    assert re.search(r"\d+ of \d+ chosen checks\s+did not run: the run ended before", run.output)
    assert run.report is not None
    reached = run.report["run"]["chosen"] - run.report["run"]["unreached"]
    assert len(run.report["checks"]) == reached < run.report["run"]["chosen"]


def test_a_thread_that_stays_does_not_keep_the_process(tmp_path: Path) -> None:
    """A process that has to be ended ends with its status, and leaves nothing behind."""
    run = runs.pytest_run(
        tmp_path,
        *(TILDE, *SPOILT),
        environment={"PYTEST_SPOIL": "lingering", "TMPDIR": str(tmp_path)},
    )

    assert (1, {"error"}) == (run.status, run.verdicts())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json"]

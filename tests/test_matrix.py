"""The matrix: what becomes of a release, what is kept, and what is said about it."""

from __future__ import annotations

import json
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core import groups, releases
from conformance.releases import environments, matrix, suite_copy
from conformance.releases.environments import Environment
from conformance.reports import matrix_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, SECOND = releases.find("0.5.1"), releases.find("ogx 1.5.0")
CHECK = {
    "id": "tilde-path/bare-tilde-in-kv-store",
    "gotcha": "tilde-path",
    "verdict": "as-expected",
    "observed": "literal-directory",
    "expected": "literal-directory",
    "bites": True,
    "evidence": "a tree",
    "duration_s": 0.1,
    "nodeid": "x::y",
    "played": [],
    "off_contract": False,
}
SUMMARY = {"release": {"as-expected": 1, "drift": 0, "error": 0, "not-applicable": 0}}
REPORT = {"checks": [CHECK], "summary": {}}

RUNS = """
import json, pathlib, sys
target = next(a.partition("=")[2] for a in sys.argv if a.startswith("--conformance-json="))
pathlib.Path(target).write_text(json.dumps({report}))
count = pathlib.Path(__file__).with_name("count")
count.write_text(count.read_text() + "x" if count.exists() else "x")
"""


@pytest.fixture
def behaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give every release an interpreter that behaves as the script given says."""
    monkeypatch.setattr(suite_copy, "cache_directory", lambda: tmp_path / "cache")
    monkeypatch.setattr(suite_copy, "source", lambda: tmp_path)
    monkeypatch.setattr(environments, "uv", lambda: "uv")

    def made(script: str) -> Path:
        fake = tmp_path / "python"
        fake.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        found = Environment(str(fake), ("a==1",))
        monkeypatch.setattr(environments, "prepare", lambda *_arguments: found)
        return tmp_path / "count"

    return made


def run(*chosen: releases.Release, **options: Any) -> list[dict[str, Any]]:
    """Return the rows of a matrix over these releases."""
    rows: list[dict[str, Any]] = matrix.run(matrix.Plan(chosen=chosen, **options))["runs"]
    return rows


def test_a_release_that_ran_has_its_report(behaving: Callable[[str], Path]) -> None:
    """The report is part of the row, judged by what is expected."""
    behaving(RUNS.replace("{report}", repr(REPORT)))

    row, other = run(FIRST, SECOND)

    assert ("ran", "0.5.1", "2026-02-19T19:05:54Z") == (
        row["status"],
        row["version"],
        row["published"],
    )
    assert [CHECK] == row["report"]["checks"]
    assert "ogx" == other["distribution"]


def test_what_has_not_changed_is_not_run_again(behaving: Callable[[str], Path]) -> None:
    """A second matrix takes the kept run; a changed environment or a demand runs it anew."""
    count = behaving(RUNS.replace("{report}", repr(REPORT)))

    first = run(FIRST)
    assert first == run(FIRST)
    assert 1 == len(count.read_text(encoding="utf-8"))

    run(FIRST, again=True)
    assert 2 == len(count.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        ("print('no module named x'); raise SystemExit(4)", "failed", "no module named x"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed", "by signal SIGKILL"),
        ("import time; time.sleep(60)", "hung", "timed out after 1 s"),
        (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
            "hung",
            "timed out after 1 s",
        ),
    ],
    ids=["fails", "is-killed", "hangs", "hangs-and-will-not-end"],
)
def test_a_release_that_does_not_end_well_is_a_row(
    behaving: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    status: str,
    reason: str,
) -> None:
    """The matrix goes on, the row says what became of it, and it is not kept."""
    monkeypatch.setattr(groups, "GRACE_S", 0.3)
    behaving(script)

    rows = run(FIRST, SECOND, limit=1)

    assert [(status, reason, None)] * 2 == [
        (row["status"], row["reason"], row["report"]) for row in rows
    ]
    behaving(RUNS.replace("{report}", repr(REPORT)))
    assert "ran" == run(FIRST)[0]["status"]


def test_no_process_survives_an_interruption(
    behaving: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, the matrix ends what is running and says how far it came."""
    monkeypatch.setattr(groups, "GRACE_S", 0.3)
    behaving(
        f"import pathlib, time; time.sleep(3); pathlib.Path({str(tmp_path / 'late')!r}).touch()"
    )

    def interrupt(_futures: object) -> Any:
        time.sleep(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr(matrix, "as_completed", interrupt)
    with pytest.raises(matrix.InterruptedMatrixError, match="0 of 1"):
        run(FIRST)

    time.sleep(3)
    assert not (tmp_path / "late").exists()
    assert not [t for t in threading.enumerate() if t.name.startswith("ThreadPool")]


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        ({"not_installable": "no such version"}, "not-installable"),
        ({"not_importable": "ImportError: x"}, "not-importable"),
        ({"boots_nothing": "an empty gateway does not boot"}, "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_release_that_cannot_be_run_is_a_row(
    behaving: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    trouble: dict[str, str],
    status: str,
) -> None:
    """Its reason is the environment's."""
    behaving("")
    found = Environment("python", **trouble)  # type: ignore[arg-type]
    monkeypatch.setattr(environments, "prepare", lambda *_arguments: found)

    row = run(FIRST)[0]

    assert (status, next(iter(trouble.values()))) == (row["status"], row["reason"])
    assert not matrix_text.explained(row)


def test_only_the_release_known_to_be_broken_may_not_boot(
    behaving: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the data says of a release explains its row, and no other's."""
    behaving("")
    found = Environment("python", boots_nothing="PackageNotFoundError")
    monkeypatch.setattr(environments, "prepare", lambda *_arguments: found)

    broken, other = run(releases.find("ogx 0.7.1"), FIRST)

    assert matrix_text.explained(broken)
    assert not matrix_text.explained(other)


def test_drift_and_error_are_not_expected(behaving: Callable[[str], Path], tmp_path: Path) -> None:
    """A matrix with either is not as expected, and its summary and page name them."""
    drift = {**CHECK, "observed": "expanded"}
    error = {**CHECK, "id": "tilde-path/nobody-knows", "observed": None, "verdict": "error"}
    behaving(RUNS.replace("{report}", repr({"checks": [drift, error], "summary": {}})))

    found = matrix.run(matrix.Plan(chosen=(FIRST,)))
    matrix_text.write(found, tmp_path / "reports")
    told = "\n".join(matrix_text.summary(found))

    assert not matrix_text.expected(found)
    assert "drift tilde-path/bare-tilde-in-kv-store: expected literal-directory" in told
    assert "error tilde-path/nobody-knows" in told
    assert found == json.loads((tmp_path / "reports" / "matrix.json").read_text(encoding="utf-8"))
    page = (tmp_path / "reports" / "matrix.md").read_text(encoding="utf-8")
    assert "| llama-stack 0.5.1 | 2026-02-19 | ran | 0 as-expected, 1 drift, 1 error" in page


def test_a_range_covers_only_releases_that_ran() -> None:
    """In the page's ranges, a release without a report ends one, and is never inside it."""
    versions = {"0.4.0": "a", "0.5.0": "a", "0.5.1": None, "0.6.0": "a", "0.7.0": "b"}
    runs = [
        {
            "distribution": "llama-stack",
            "version": version,
            "published": "2026-01-01T00:00:00Z",
            "status": "ran" if seen else "hung",
            "reason": "",
            "report": seen and {"checks": [{**CHECK, "observed": seen}], "summary": SUMMARY},
        }
        for version, seen in versions.items()
    ]

    page = matrix_text.markdown({"resolve": "released", "runs": runs})

    assert "0.4.0 … 0.5.0: a; 0.6.0: a; 0.7.0: b" in page


@pytest.mark.parametrize(
    ("found", "explained"),
    [
        ({"as-expected": 1}, True),
        ({"not-applicable": 1}, True),
        ({}, False),
        ({"as-expected": 1, "drift": 1}, False),
        ({"not-applicable": 1, "error": 1}, False),
    ],
    ids=lambda value: "-".join(value) or "nothing" if isinstance(value, dict) else "",
)
def test_what_is_set_aside_is_known(found: dict[str, int], explained: bool) -> None:  # noqa: FBT001
    """A run in which no chosen check applies is explained; one without any check is not."""
    counts = dict.fromkeys(("as-expected", "drift", "error", "not-applicable"), 0) | found

    assert explained == matrix_text.explained({"report": {"summary": {"release": counts}}})


def test_two_releases_in_their_own_environments() -> None:
    """The reference and the newest release run side by side, each as itself."""
    plan = matrix.Plan(chosen=(FIRST, SECOND), checks=("keyless-boot/boots",))
    rows = matrix.run(plan)["runs"]
    if any(row["status"] == "not-installable" for row in rows):
        pytest.skip("no package index can be reached, and the environments are not there yet")

    modules = [row["report"]["release"]["module"] for row in rows]
    assert ["llama_stack", "ogx"] == modules
    assert all(matrix_text.explained(row) for row in rows)

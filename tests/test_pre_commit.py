"""The hook works where people use it: through pre-commit, installed from the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.releases.environments import uv
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # installs pre-commit, and the suite for it
GOOD = ROOT / "run.yaml"
PARTS = shutil.ignore_patterns(".[!p]*", "__pycache__")


def _git(where: Path, *words: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@a.example")
    subprocess.run(["git", *author, *words], cwd=where, check=True, capture_output=True)  # noqa: S603, S607 - our own


def test_try_repo(tmp_path: Path) -> None:
    """A good config passes, one with an API that is gone fails with its finding."""
    hooks, place = tmp_path / "hooks", tmp_path / "place"
    shutil.copytree(ROOT, hooks, ignore=PARTS)
    place.mkdir()
    good = GOOD.read_text(encoding="utf-8")
    (place / "run.yaml").write_text(good, encoding="utf-8")
    (place / "run-old.yaml").write_text(
        good.replace("apis:", "apis:\n  - telemetry", 1), encoding="utf-8"
    )
    for where in (hooks, place):
        _git(where, "init", "-q")
        _git(where, "add", "-A")
    _git(hooks, "commit", "-qm", "a")

    def tried(name: str) -> subprocess.CompletedProcess[str]:
        tool = [uv(), "tool", "run", "--python", sys.executable, "pre-commit"]
        return subprocess.run(  # noqa: S603 - our own hook
            [*tool, "try-repo", str(hooks), "--files", name],
            cwd=place,
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "kept")},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    passed, failed = tried("run.yaml"), tried("run-old.yaml")

    assert 0 == passed.returncode, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    assert 1 == failed.returncode, failed.stdout + failed.stderr
    assert "[unknown-api]" in failed.stdout

"""The built wheel works by the README's own lines, in a repository that has only its run.yaml."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance import PACKAGE
from conformance.core import releases
from conformance.releases.environments import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.thorough, pytest.mark.wheel]  # builds and installs
ROOT = PACKAGE.parent
HEADING = "In your own repository"
LIMIT_S = 600.0

CONFIG = """\
version: 2
distro_name: elsewhere
apis: [inference]
providers:
  inference:
    - provider_id: google
      provider_type: remote::passthrough
      config:
        base_url: https://generativelanguage.googleapis.com/v1beta/openai
registered_resources:
  models:
    - {provider_id: google, model_id: gemini-2.5-flash, model_type: llm}
    - {provider_id: google, model_id: gemini-2.5-pro, model_type: llm}
"""


def _done(words: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands, and the README's
        words, cwd=where, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def readme_lines() -> Iterator[list[str]]:
    """Yield the words of each command that the README gives for a repository of one's own."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(HEADING)[2]
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block is not None, f"the README has no commands after `{HEADING}`"
    for command in block[1].replace("\\\n", " ").removeprefix("$ ").split("\n$ "):
        yield shlex.split(command)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    where = tmp_path_factory.mktemp("dist")
    done = _done([uv(), "build", "--quiet", "--wheel", "--out-dir", str(where)], ROOT)
    assert 0 == done.returncode, done.stderr
    return next(where.glob("*.whl"))


@pytest.fixture(scope="module")
def report(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of a run by the README's lines, in an environment that was empty."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "run.yaml").write_text(CONFIG, encoding="utf-8")
    environment = elsewhere / "environment"
    made = _done([uv(), "venv", "--quiet", "--python", sys.executable, str(environment)], elsewhere)
    assert 0 == made.returncode, made.stderr
    install, run = readme_lines()
    names = [word.replace("llama-stack-conformance", str(wheel)) for word in install[2:]]
    python = str(environment / "bin" / "python")
    installed = _done([uv(), *install[:2], "--quiet", "--python", python, *names], elsewhere)
    assert 0 == installed.returncode, installed.stderr
    done = _done([python, "-m", *run, "--conformance-json=report.json"], elsewhere)
    assert (elsewhere / "report.json").exists(), done.stdout[-3000:] + done.stderr[-3000:]
    found: dict[str, Any] = json.loads((elsewhere / "report.json").read_text(encoding="utf-8"))
    return found


def test_the_wheel_has_what_a_run_needs(wheel: Path) -> None:
    """Cassettes, config and type marker are in it; mutations and tests are not."""
    listing = _done([sys.executable, "-m", "zipfile", "-l", str(wheel)], wheel.parent).stdout

    assert "conformance/py.typed" in listing
    assert "conformance/shipped/run.yaml" in listing
    assert "conformance/shipped/cassettes/openai/chat.yaml" in listing
    assert "conformance/reports/templates/catalogue.md" in listing
    assert "/mutations.py " not in listing
    assert "tests/" not in listing


def test_the_readme_lines_run_in_a_foreign_repository(report: dict[str, Any]) -> None:
    """Nothing drifts and nothing fails, for the user's config and for the release."""
    troubles = {
        f"{row['subject']} {row['id']}: {row['observed']} ({row['evidence']}), "
        f"expected {row['expected']}"
        for row in report["checks"]
        if row["verdict"] in {"drift", "error"}
    }

    assert set() == troubles
    assert {"config", "release"} == {row["subject"] for row in report["checks"]}
    assert releases.reference().version == report["release"]["version"]

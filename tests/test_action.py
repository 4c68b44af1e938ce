"""The composite action works as its file says: every step is run, in order, on the built wheel."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.releases.environments import uv
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # builds the wheel, and installs it
EXPRESSION = re.compile(r"\$\{\{ (?P<name>[\w.-]+) \}\}")
LIMIT_S = 600
GOOD = (ROOT / "run.yaml").read_text(encoding="utf-8")
OLD = GOOD.replace("apis:", "apis:\n  - telemetry", 1)


@dataclass
class Runner:
    """Stands for GitHub's runner: evaluates expressions, runs steps, collects their outputs.

    `action` is the parsed file, `workspace` where a job would be, `temporary` its other files.
    """

    action: dict[str, Any]
    workspace: Path
    temporary: Path
    known: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def run(self, **inputs: str) -> int:
        """Run all steps with some inputs; return the status of the first that fails, or 0."""
        declared = self.action["inputs"]
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= declared.keys()
        for name, about in declared.items():
            self.known[f"inputs.{name}"] = given.get(name, about["default"])
        for step in self.action["runs"]["steps"]:
            status = self._step(step)
            if status:
                return status
        return 0

    @property
    def outputs(self) -> dict[str, str]:
        """What the action passes on."""
        declared = self.action["outputs"].items()
        return {name: self._value(about["value"]) for name, about in declared}

    def _value(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.known[found["name"]], text)

    def _step(self, step: dict[str, Any]) -> int:
        if "uses" in step:  # what another action does is known of these alone
            assert step["uses"].startswith("actions/setup-python@")
            self.known[f"steps.{step['id']}.outputs.python-path"] = sys.executable
            return 0
        assert step["shell"] == "bash"
        written = self.temporary / f"{step['id']}.output"
        written.touch()
        done = subprocess.run(  # noqa: S603 - the step itself, as a runner calls it
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={
                **os.environ,
                **{name: self._value(text) for name, text in step.get("env", {}).items()},
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_OUTPUT": str(written),
                "GITHUB_ACTION_PATH": str(self.temporary / "not-used"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        self.said += done.stdout + done.stderr
        for line in written.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.known[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of the wheel of this checkout."""
    where = tmp_path_factory.mktemp("dist")
    words = [uv(), "build", "--quiet", "--wheel", "--out-dir", str(where)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=LIMIT_S)  # noqa: S603 - our own build
    return str(next(where.glob("*.whl")))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Return a runner with a workspace that has two configs."""
    where = tmp_path_factory.mktemp("runner")
    workspace, temporary = where / "workspace", where / "temporary"
    for each in (workspace / "deploy here", temporary):
        each.mkdir(parents=True)
    (workspace / "run.yaml").write_text(GOOD, encoding="utf-8")
    (workspace / "run-old.yaml").write_text(OLD, encoding="utf-8")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return Runner(action, workspace, temporary)


def test_every_step_of_the_action(runner: Runner, wheel: str) -> None:
    """A good config passes; one with an API that is gone fails, is annotated and counted."""
    assert runner.run(paths="run.yaml", release="0.5.1", package=wheel) == 0, runner.said
    assert runner.outputs["errors"] == "0"

    assert runner.run(paths="run.yaml run-old.yaml", release="0.5.1", package=wheel) == 1
    assert "::error file=run-old.yaml,line=" in runner.said
    assert runner.outputs["errors"] == "1"
    with open(runner.outputs["sarif"], encoding="utf-8") as file:  # noqa: PTH123 - a text's path
        results = json.load(file)["runs"][0]["results"]
    levels = [result["level"] for result in results]
    for level in ("error", "warning", "note"):
        assert runner.outputs[f"{level}s"] == str(levels.count(level))

    assert runner.run(paths="missing.yaml", package=wheel) == 2


def test_what_cannot_be_installed_ends_the_action(runner: Runner) -> None:
    """The steps after a failed one are not run."""
    before = len(runner.said)

    assert runner.run(package=str(runner.temporary / "no.whl")) != 0
    assert "::error file=" not in runner.said[before:]

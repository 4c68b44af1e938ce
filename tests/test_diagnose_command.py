"""The command, the pre-commit hook and the action of GitHub run `diagnose` as they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.diagnose import options, session
from tests.support import fake_judge
from tests.support.diagnosing import CONFIG, run, write

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what runs the command line with the judge of four rules."""
    monkeypatch.setattr(session, "_the_judge", lambda: fake_judge)

    def invoked(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, ["diagnose", *arguments], input=stdin)

    return invoked


def test_the_command_says_how_it_ended(invoke: Any, tmp_path: Path) -> None:
    """Findings are 1, a clean config is 0, and what cannot be judged is 2."""
    config = write(tmp_path, CONFIG)

    assert 1 == invoke(config).exit_code
    assert 0 == invoke(config, "--fix").exit_code
    assert 0 == invoke(config).exit_code
    assert 2 == invoke(str(tmp_path / "no.yaml")).exit_code
    assert 2 == invoke().exit_code


def test_standard_input_is_a_path(invoke: Any) -> None:
    """`-` reads a config from standard input, and can show its repair."""
    assert "-:7:3: error: refused [unknown-api]" in invoke("-", stdin=CONFIG).stdout
    assert "+registered_resources:" in invoke("-", "--diff", stdin=CONFIG).stdout


FULL = "error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("stream", "status", "said"),
    [("- <&-", 2, ""), ("run.yaml >&-", 1, ""), ("run.yaml >/dev/full", 1, FULL)],
)
def test_a_stream_that_is_closed_or_full_is_no_traceback(
    tmp_path: Path, stream: str, status: int, said: str
) -> None:
    """A closed standard input is empty, and a closed output says nothing; a full disk is a line."""
    write(tmp_path, CONFIG)
    command = f'exec "$0" -m conformance diagnose --release 0.5.1 {stream}'
    done = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", command, sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (status, said) == (done.returncode, done.stderr)


WRONG = {
    "--release 9.9.9": "is no known release",
    "--forget-stale": "--forget-stale needs --registry",
    "--fix --release 0.5.1 --release 0.7.1": "give --release once",
    "--diff --release all": "repaired for one release",
    "--diff --format json": "leave --format out",
    "--migrate=": "an empty PATH or release",
    "--migrate 0.7.1 --release 0.5.1": "leave --release out",
    "--env-file no.env": "no.env: ",
}


@pytest.mark.parametrize("options", WRONG)
def test_wrong_usage_is_said_in_a_line(invoke: Any, tmp_path: Path, options: str) -> None:
    """Each request that makes no sense ends in 2 and says why."""
    found = invoke(write(tmp_path, CONFIG), *options.split())

    assert 2 == found.exit_code
    assert WRONG[options] in found.stderr
    assert 1 == len(found.stderr.splitlines())


def test_an_empty_path_is_not_the_working_directory(invoke: Any) -> None:
    """A variable that is not set neither judges nor repairs whatever lies around."""
    found = invoke("", "--fix")

    assert (2, "") == (found.exit_code, found.stdout)
    assert "an empty PATH" in found.stderr


def test_standard_input_cannot_be_written(invoke: Any) -> None:
    """`--fix` of standard input is refused."""
    assert "cannot be repaired in place" in invoke("-", "--fix", stdin=CONFIG).stderr


@pytest.mark.parametrize(
    ("name", "number"),
    [("latest", 1), ("installed", 1), ("ogx==1.5.0", 1), ("all", len(releases.known()))],
)
def test_releases_are_named(name: str, number: int) -> None:
    """A release has the names that the command's help lists."""
    assert number == len(options.named(name))


@pytest.mark.parametrize("name", ["0.2.23", "llama-stack==0.3.5"])
def test_an_older_release_can_be_named(name: str) -> None:
    """Releases from before those that the suite runs on have a schema, and can be asked about."""
    assert name in {options.named(name)[0].version, str(options.named(name)[0]).replace(" ", "==")}
    shown = CliRunner().invoke(main, ["schema", name])
    assert "object" == json.loads(shown.output)["type"]


def test_a_repair_without_a_release_is_for_the_config_s_own(tmp_path: Path) -> None:
    """Without `--release`, a repair is for the release the config seems written for."""
    _, shown = run(write(tmp_path, CONFIG), release="", fix=True)

    assert "ogx" not in shown


def test_the_command_is_quick_and_small(tmp_path: Path) -> None:
    """`--help` and a diagnosis load no library that only other commands need."""
    code = (
        "import sys\n"
        "from conformance.diagnose import command, session\n"
        "from tests.support import fake_judge\n"
        "session._the_judge = lambda: fake_judge\n"
        "try: command.diagnose([sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, write(tmp_path, CONFIG)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip

    loaded = set(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))
    heavy = {"rich", "jinja2", "httpx", "pytest", "vcr", "llama_stack", "ogx", "dotenv", "psycopg"}
    assert "click" in loaded
    assert set() == heavy & loaded


def test_a_large_file_is_read(tmp_path: Path) -> None:
    """A file of 5 MB is judged like any other."""
    entry = "  - {model_id: some-model, provider_id: v, metadata: {a: 1}}\n"
    text = CONFIG + "registered_resources:\n  models:\n" + entry * (5_000_000 // len(entry))
    status, shown = run(write(tmp_path, text))

    assert 1 == status
    assert "[unknown-api]" in shown


def _hook() -> dict[str, Any]:
    hook: dict[str, Any]
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return hook


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("run.yaml", True),
        ("a/run-prod.yml", True),
        ("config.yaml", False),
        ("a/prerun.yaml", False),
    ],
)
def test_the_hook_takes_configs(name: str, taken: bool) -> None:  # noqa: FBT001 - a table's column
    """By default the hook runs on what is named like a config."""
    assert taken is bool(re.search(_hook()["files"], name))


def test_the_hook_s_command_is_installed() -> None:
    """What the hook calls is an executable of this distribution, and knows the subcommand."""
    executable, *arguments = _hook()["entry"].split()
    done = subprocess.run(  # noqa: S603 - our own command
        [BIN / executable, *arguments, "--help"], capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode
    assert "--fail-on" in done.stdout


def _action() -> dict[str, Any]:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return action


def test_the_action_s_inputs_and_outputs_are_wired() -> None:
    """Every input reaches a step through its environment, and every output comes from one."""
    action = _action()
    steps = {step["id"]: step for step in action["runs"]["steps"]}
    passed = " ".join(value for step in steps.values() for value in step.get("env", {}).values())

    assert {"paths", "release", "fail-on", "package"} == action["inputs"].keys()
    assert all(f"inputs.{name} " in passed for name in action["inputs"])
    assert "inputs." not in "".join(step.get("run", "") for step in steps.values())
    for output in action["outputs"].values():
        name = output["value"].partition("steps.diagnose.outputs.")[2].removesuffix(" }}")
        assert f"{name}=" in steps["diagnose"]["run"] or f"{name[:-1]}" in steps["diagnose"]["run"]


@pytest.mark.parametrize("paths", ["run.yaml", "missing.yaml"])
def test_the_action_s_step_runs(tmp_path: Path, paths: str) -> None:
    """The step writes annotations, a SARIF file and the counts, and fails as the command does."""
    step = next(step for step in _action()["runs"]["steps"] if step.get("id") == "diagnose")
    write(tmp_path, CONFIG)
    fake = tmp_path / "llama-conformance" / "bin"
    fake.mkdir(parents=True)
    (fake / "python").symlink_to(sys.executable)
    command = fake / "llama-conformance"
    command.write_text(
        f"#!{sys.executable}\n"
        "from conformance.diagnose import command, session\n"
        "from tests.support import fake_judge\n"
        "session._the_judge = lambda: fake_judge\n"
        "from conformance.commands.main import main\n"
        "main()\n"
    )
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "PATHS": paths,
        "RELEASE": "0.5.1 ogx==1.5.0",
        "FAIL_ON": "error",
    }
    done = subprocess.run(  # noqa: S603 - the step itself
        ["/bin/bash", "-c", step["run"]],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert "::error file=" in done.stdout, done.stderr
    results = json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"]
    if paths == "run.yaml":
        assert (1, "4", "2", "0") == (
            done.returncode,
            *map(outputs.get, ["errors", "warnings", "notes"]),
        )
        assert 6 == len(results)
    else:
        assert 2 == done.returncode

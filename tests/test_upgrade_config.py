"""The upgrade report about a user's own config: its lines first, then its callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.commands import main
from conformance.core import releases
from conformance.diagnose import between
from conformance.diagnose.files import reading
from conformance.judge import judging
from conformance.releases import concerns, upgrade
from conformance.releases.change import Change
from conformance.releases.comparison import Upgrade
from conformance.releases.upgrade import Trial
from conformance.reports import upgrade_config, upgrade_page

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.diagnose.between import Between

OLD, NEW = releases.find("0.5.1"), releases.find("ogx 1.5.0")
CONFIG = """\
distro_name: gateway
apis: [inference, safety]
providers:
  inference:
  - provider_id: vllm
    provider_type: remote::vllm
    config: {base_url: "http://127.0.0.1:8000/v1"}
  safety:
  - provider_id: guard
    provider_type: inline::llama-guard
    config: {excluded_categories: []}
server:
  insecure: true
  quota:
    kvstore: {backend: kv_default, namespace: quota}
storage:
  backends:
    kv_default: {type: kv_sqlite, db_path: "${env.HOME}/kv.db"}
    sql_default: {type: sql_sqlite, db_path: "${env.HOME}/sql.db"}
  stores:
    metadata: {backend: kv_default, namespace: registry}
    inference: {backend: sql_default, table_name: inference}
    conversations: {backend: sql_default, table_name: conversations}
    prompts: {backend: kv_default, namespace: prompts}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config that 0.5.1 starts with and ogx 1.5.0 refuses."""
    made = tmp_path / "run.yaml"
    made.write_text(CONFIG, encoding="utf-8")
    return made


def judged(file: Path) -> Between:
    """Return what the two releases make of a config."""
    (config,) = reading.read([str(file)]).configs
    return between.between(config, OLD, NEW, judging, {"HOME": "/home/someone"})


def answer(file: Path, old: Trial | None = None, new: Trial | None = None) -> str:
    """Return the part of the report that is about a config."""
    return upgrade_config.answer(judged(file), old or Trial(OLD, "X"), new or Trial(NEW, "X"))


def test_what_breaks_is_said_at_its_line_with_its_cure(file: Path) -> None:
    """All of it in one run: what is refused, what is ignored, what to write."""
    text = answer(file)

    assert "### Breaks (1)" in text
    assert f"- {file}:2: ogx 1.5.0 has no API `safety` [unknown-api]" in text
    assert "  → leave it out: moderation left the stack" in text
    assert "### Is ignored from now on (1)" in text
    assert f"- {file}:14: `server.quota` is ignored" in text
    assert f"`llama-conformance diagnose {file} --migrate ogx==1.5.0` makes" in text


def test_what_the_newer_release_migrates_is_no_break(file: Path) -> None:
    """The store of prompts stays as it is written: ogx moves it itself."""
    assert "prompts" not in answer(file)


def test_nothing_new_says_so(file: Path) -> None:
    """A config that both releases take alike has no sections."""
    config = reading.read([str(file)]).configs[0]
    same = between.between(config, OLD, OLD, judging, {"HOME": "/home/someone"})
    text = upgrade_config.answer(same, Trial(OLD, "X"), Trial(OLD, "X"))

    assert "Nothing in it is wrong on llama-stack 0.5.1 that was not" in text
    assert "### " not in text


def test_a_break_carries_a_witness(file: Path) -> None:
    """Ten lines or fewer show it: the older release takes them, and the newer one does not."""
    found = judged(file)
    (broken,) = [remark for remark in found.all_arriving if remark.finding.id == "unknown-api"]
    witness = found.witness(broken)

    assert witness is not None
    assert len(witness.text.splitlines()) <= 10
    assert witness.text in answer(file).replace("\n  ", "\n")


def test_a_witness_shows_no_secret(tmp_path: Path) -> None:
    """A key in clear is left out or replaced."""
    made = tmp_path / "run.yaml"
    made.write_text(
        "distro_name: x\nproviders:\n  inference:\n"
        "  - {provider_id: t, provider_type: 'remote::tgi', config: {api_token: hunter2222222}}\n",
        encoding="utf-8",
    )

    assert "hunter2222222" not in answer(made)


def test_starts_are_reported_with_what_changes(file: Path) -> None:
    """Boots or not and why, models, header, new lines in the log."""
    old = Trial(OLD, "X-Old", models=("a", "b"), log=("WARNING same",))
    new = Trial(NEW, "X-New", models=("b", "c"), log=("WARNING same", "WARNING new"))
    text = answer(file, old, new)

    for line in (
        "on llama-stack 0.5.1 it boots",
        "no longer listed: `a`",
        "newly listed: `c`",
        "header to send: `X-New`, no longer `X-Old`",
        "now logged: WARNING new",
    ):
        assert line in text
    assert "WARNING same" not in text


def test_a_refusal_and_a_lack_are_told_apart(file: Path) -> None:
    """A release that refuses says why; one that cannot be asked here is not blamed."""
    refused = answer(file, new=Trial(NEW, "X", "ValueError: no"))
    lacking = answer(file, new=Trial(NEW, "X", "No module named 'x'", lacked="install `x`"))
    absent = answer(file, new=Trial(NEW, "X", untried="cannot be installed"))

    assert "on ogx 1.5.0 it does not boot: ValueError: no" in refused
    assert "on ogx 1.5.0 it was not started whole: install `x`" in lacking
    assert "on ogx 1.5.0 it was not started: cannot be installed" in absent


def test_only_what_the_config_meets_is_unfolded(file: Path) -> None:
    """Callers of vLLM do not meet a promise of passthrough; everyone meets the installation."""
    broken = Change("any-model: x", topic="any-model")
    trap = Change("stream-errors: x", topic="stream-errors")
    alone = Change("the module is renamed", everyone=True)
    mute = Change("no gateway works", kinds=frozenset({"remote::passthrough"}))
    own = Change("no vllm works", kinds=frozenset({"remote::vllm"}))
    report = Upgrade(OLD, NEW, breaks=[broken, alone, mute, own], arriving=[trap])
    use = concerns.of(judged(file).config.data)
    unfolded, folded = upgrade_page.about_config(report, [], use).split("<details>")

    assert "stream-errors: x" in unfolded
    assert "the module is renamed" in unfolded
    assert "no vllm works" in unfolded
    assert "any-model: x" in folded
    assert "no gateway works" in folded


def test_one_run_of_the_command_shows_all(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The config first, then callers, then the rest; strict counts what is about the config."""
    monkeypatch.setattr(upgrade, "tried", lambda release, _text: Trial(release, "X"))
    arguments = ["upgrade", "0.5.1", "latest", "--config", str(file), "--reports", str(tmp_path)]

    done = CliRunner().invoke(main.main, arguments)
    titles = [line for line in done.stdout.splitlines() if line.startswith("## ")]

    assert done.exit_code == 0
    assert titles[0] == f"## {file}"
    assert titles[-1] == "## What changes for your callers"
    assert CliRunner().invoke(main.main, [*arguments, "--strict"]).exit_code == 1


def test_a_report_that_cannot_be_written_is_shown(tmp_path: Path) -> None:
    """The user sees it, and why it is in no file."""
    (tmp_path / "file").touch()
    arguments = ["upgrade", "0.5.1", "0.5.1", "--reports", str(tmp_path / "file")]
    done = CliRunner().invoke(main.main, arguments)

    assert done.exit_code == 1
    assert done.stdout.startswith("# From llama-stack 0.5.1 to llama-stack 0.5.1")
    assert "is not written: " in done.stderr


@pytest.mark.parametrize("name", ["list.yaml", ""], ids=["list", "empty-directory"])
def test_what_holds_no_config_is_one_line(tmp_path: Path, name: str) -> None:
    """It cannot be answered for."""
    made = tmp_path / name
    if name:
        made.write_text("- 1\n", encoding="utf-8")
    done = CliRunner().invoke(main.main, ["upgrade", "0.5.1", "latest", "--config", str(made)])

    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1

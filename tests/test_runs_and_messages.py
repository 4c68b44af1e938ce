"""What a run hands to other programs, and what a person is told who gives it something wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.core.model import Gotcha
from conformance.run import catalogue
from conformance.stack.configs import ConfigError, read
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path

TELEMETRY = "conformance/gotchas/telemetry_removed"
ONE = "--conformance-check=telemetry-removed/left-out"
CHAT = "conformance/promises/chat"
UNRECORDED = "--conformance-check=chat/plain-openai"

BAD_CONFIGS = {
    "missing": (None, "No such file or directory"),
    "empty": ("", "the file is empty"),
    "not-yaml": ("a: [", "invalid YAML"),
    "list": ("- a\n- b\n", "a list, not a mapping"),
    "text": ("just words\n", "a str, not a mapping"),
    "binary": ("\x00\x01", "invalid YAML"),
}


@pytest.mark.parametrize(("text", "reason"), BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_a_bad_config_is_told_in_one_line(tmp_path: Path, text: str | None, reason: str) -> None:
    """The message names the file, what is wrong with it, and what to do."""
    file = tmp_path / "run.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        read(file)

    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert reason in message
    assert "give" in message
    assert 1 == len(message.splitlines())


BAD_OPTIONS = {
    "config": (["--stack-config", "nowhere.yaml"], "--stack-config"),
    "no-config": (["--stack-config="], "--stack-config is empty"),
    "cassettes": (["--conformance-cassettes", "nowhere"], "no such directory"),
    "upstream": (
        ["--conformance-upstream", "mistral"],
        "choose one of: openai, gemini, anthropic, stand-in",
    ),
    "mode": (["--record-mode", "sometimes"], "--record-mode"),
    "no-subject": (
        ["--conformance-subject", "config"],
        "--conformance-subject config needs --stack-config PATH",
    ),
}


def test_a_selection_that_leaves_nothing_is_told(tmp_path: Path) -> None:
    """The options that choose no check together are named; the status is pytest's."""
    run = runs.pytest_run(tmp_path, TELEMETRY, ONE, "-m", "slow")

    assert pytest.ExitCode.NO_TESTS_COLLECTED == run.status
    assert f"no check is chosen by all of: {ONE} -m slow" in run.output


def test_a_run_that_looks_elsewhere_is_told_where_checks_are(tmp_path: Path) -> None:
    """Without `--pyargs` a directory of one's own holds no check."""
    run = runs.pytest_run(tmp_path, "--rootdir=.", "-c", "/dev/null", ".", cwd=tmp_path)

    assert pytest.ExitCode.NO_TESTS_COLLECTED == run.status
    assert "no check lies where this run looks; give --pyargs conformance" in run.output


def test_a_report_that_cannot_be_written_costs_no_summary(tmp_path: Path) -> None:
    """The run fails and says why, behind what it has found."""
    (tmp_path / "file").touch()
    run = runs.pytest_run(
        tmp_path, TELEMETRY, ONE, f"--conformance-json={tmp_path / 'file' / 'report.json'}"
    )

    assert 1 == run.status
    assert "checks: 1 as expected" in run.output
    assert f"error: --conformance-json {tmp_path}/file/report.json: " in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(("options", "told"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_a_bad_option_ends_the_run(tmp_path: Path, options: list[str], told: str) -> None:
    """A wrong option is a usage error, status 4, and no traceback."""
    run = runs.pytest_run(tmp_path, TELEMETRY, ONE, *options)

    assert 4 == run.status
    assert told in run.output
    assert "Traceback" not in run.output


def test_an_unreadable_cassette_is_told_in_one_line(tmp_path: Path) -> None:
    """A broken recording ends the run before any check, naming file and remedy."""
    broken = tmp_path / "cassettes" / "openai" / "chat.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("interactions: 7\n")
    cassettes = f"--conformance-cassettes={tmp_path / 'cassettes'}"
    run = runs.pytest_run(tmp_path, TELEMETRY, ONE, cassettes)
    told = [line for line in run.output.splitlines() if str(broken) in line]

    assert 4 == run.status
    assert 1 == len(told)
    assert "make record" in told[0]


@pytest.fixture(scope="module")
def unrecorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[runs.Run, ET.Element]:
    """A run of a check that nothing recorded answers, and its JUnit file."""
    target = tmp_path_factory.mktemp("unrecorded")
    (target / "cassettes").mkdir()
    cassettes, junit = f"--conformance-cassettes={target / 'cassettes'}", target / "junit.xml"
    run = runs.pytest_run(target, CHAT, UNRECORDED, cassettes, f"--junitxml={junit}")
    return run, ET.parse(junit).getroot()  # noqa: S314 - our own file


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> tuple[runs.Run, ET.Element]:
    """A run of a few checks, of which some bite, and its JUnit file."""
    target = tmp_path_factory.mktemp("passed")
    junit = target / "junit.xml"
    others = ("--conformance-check=tilde-path/*", "--conformance-check=stale-kvstore/*")
    places = (TELEMETRY, "conformance/gotchas/tilde_path", "conformance/gotchas/stale_kvstore")
    run = runs.pytest_run(target, *places, ONE, *others, f"--junitxml={junit}")
    return run, ET.parse(junit).getroot()  # noqa: S314 - our own file


def test_a_missing_cassette_is_an_error(unrecorded: tuple[runs.Run, ET.Element]) -> None:
    """A request that nothing recorded answers is an error, and the check does not pass."""
    run, _ = unrecorded

    assert (1, {"error"}) == (run.status, run.verdicts())
    assert "no recorded answer for POST https://api.openai.com/v1/chat/completions" in run.output


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_a_name_that_no_check_has_is_told(tmp_path: Path, processes: str) -> None:
    """A mistyped name is wrong usage, whatever else is chosen; the name that was meant is there."""
    wrong = "--conformance-check=telemetry-remove/*"
    run = runs.pytest_run(tmp_path, TELEMETRY, processes, ONE, wrong)

    assert run.status == 4
    assert "no check is named `telemetry-remove/*`; did you mean `telemetry-removed/" in run.output


def test_a_chosen_check_elsewhere_is_not_called_unknown(tmp_path: Path) -> None:
    """A check that does not lie where the run looks is no mistyped name."""
    run = runs.pytest_run(
        tmp_path, TELEMETRY, "-n0", "--conformance-check=tilde-path/environment-home"
    )

    assert run.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no check is chosen by all of: --conformance-check=tilde-path/" in run.output
    assert "if it lies elsewhere: --pyargs conformance" in run.output


def test_files_without_a_chosen_check_are_not_read(tmp_path: Path) -> None:
    """What is read is the chosen topic: reading all of them takes a second."""
    run = runs.here(tmp_path, "--collect-only", "-q", "--conformance-check=tele*-removed/*")
    collected = [line for line in run.output.splitlines() if "::" in line]

    assert collected
    assert all("/test_telemetry_removed.py::" in each for each in collected)
    assert "deselected" not in run.output


def test_junit_holds_id_outcome_and_verdict(passed: tuple[runs.Run, ET.Element]) -> None:
    """Each case of the JUnit file has the finding as properties."""
    run, junit = passed
    cases = [
        {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in junit.iter("testcase")
    ]

    assert run.outcomes == {case["id"]: f"{case['verdict']}: {case['observed']}" for case in cases}
    assert all(case["observed"] == case["expected"] for case in cases)


def test_junit_calls_what_could_not_be_observed_an_error(
    unrecorded: tuple[runs.Run, ET.Element],
) -> None:
    """A check without an observation is an `error` of the JUnit file, not a `failure`."""
    found = {element.tag for element in unrecorded[1].iter()}

    assert "error" in found
    assert "failure" not in found


def test_the_json_report_has_its_schema(passed: tuple[runs.Run, ET.Element]) -> None:
    """The report has the fields its readers rely on."""
    report = passed[0].report
    assert report is not None
    release = releases.installed()

    assert 2 == report["schema"]
    assert (release.distribution, release.version) == (
        report["release"]["distribution"],
        report["release"]["version"],
    )
    assert {"live", "stand-in", "recorded-now", "made-up", "unused"} == report["answers"].keys()
    assert {"path", "sha256", "own"} == report["config"].keys()
    assert {"chosen": len(report["checks"]), "unreached": 0, "left_out": 0} == report["run"]
    assert {"as-expected", "drift", "error", "not-applicable", "not-run", "gotchas"} == (
        report["summary"]["release"].keys()
    )
    assert {
        *("id", "gotcha", "observed", "expected", "verdict", "bites"),
        *("evidence", "duration_s", "nodeid", "played", "made_up", "deviations", "received"),
        "off_contract",
        *("subject", "standing", "workaround", "severity", "exposes"),
    } == report["checks"][0].keys()


def test_the_summary_fits_eighty_columns(passed: tuple[runs.Run, ET.Element]) -> None:
    """No line of the summary is wider than a terminal, nor coloured in a pipe."""
    run, _ = passed
    summary = run.output.partition("= conformance =")[2].partition("= short test summary")[0]

    assert summary
    assert [] == [line for line in summary.splitlines() if len(line) > 80 or "\x1b" in line]


def test_list_shows_every_check_with_its_expectation() -> None:
    """`list` prints a line a check, and says for which release."""
    done = CliRunner().invoke(main, ["list", "telemetry-removed/*"])

    assert 0 == done.exit_code
    assert "telemetry-removed/left-out" in done.output
    assert str(releases.installed()) in done.output.splitlines()[-1]


def test_explain_points_into_the_installed_stack() -> None:
    """`explain` names file and line of the code that decides."""
    done = CliRunner().invoke(main, ["explain", "telemetry-removed"])

    assert 0 == done.exit_code
    assert "llama_stack/core/" in done.output
    assert ".py:" in done.output


@pytest.mark.parametrize("slug", sorted(catalogue.topics()))
def test_every_page_can_be_shown(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`explain` shows every gotcha and promise on 80 columns; only code may be wider."""
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(main, ["explain", slug])
    prose = [line for line in done.output.splitlines() if " " in line.strip(" -*")]
    code = catalogue.topics()[slug]
    example = code.example.splitlines() if isinstance(code, Gotcha) else []

    assert 0 == done.exit_code
    assert [] == [line for line in prose if len(line) > 80 and line.strip() not in example]


def test_a_wide_terminal_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wider the terminal, the fewer the lines."""
    lengths = []
    for columns in ("80", "160"):
        monkeypatch.setenv("COLUMNS", columns)
        lengths.append(len(CliRunner().invoke(main, ["explain", "tilde-path"]).output.splitlines()))

    assert lengths[1] < lengths[0]


def test_a_single_check_can_be_explained() -> None:
    """A check's id shows its topic and that check alone."""
    done = CliRunner().invoke(main, ["explain", "tilde-path/environment-home"])

    assert 0 == done.exit_code
    assert "tilde-path/environment-home" in done.output
    assert "tilde-path/bare-tilde-in-kv-store" not in done.output


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tilde-pth", "tilde-path"), ("tilde-path/enviroment-home", "tilde-path/environment-home")],
)
def test_a_mistyped_name_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    """A typing error is wrong usage, and the answer names what was meant."""
    done = CliRunner().invoke(main, ["explain", typed])

    assert 2 == done.exit_code
    assert done.output.endswith(f"did you mean `{meant}`?\n")


@pytest.mark.parametrize("command", [["explain", "nothing"], ["list", "nothing/*"]])
def test_an_unknown_name_is_told_in_one_line(command: list[str]) -> None:
    """A name that does not exist is wrong usage, status 2."""
    done = CliRunner().invoke(main, command)

    assert 2 == done.exit_code
    assert 1 == len(done.output.splitlines())


def test_server_refuses_a_config_it_cannot_read(tmp_path: Path) -> None:
    """`server` says what is wrong with its config, in one line."""
    done = CliRunner().invoke(main, ["server", "--config", str(tmp_path / "run.yaml")])

    assert 1 == done.exit_code
    assert 1 == len(done.output.splitlines())


def test_client_without_a_key_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`client` without any key names the variables and the way without keys."""
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(main, ["client", "--env-file", str(tmp_path / ".env")])

    assert 1 == done.exit_code
    assert "GEMINI_API_KEY" in done.output
    assert "UPSTREAM=stand-in" in done.output


def test_client_chats_with_every_vendor_through_a_real_server() -> None:
    """`client --upstream stand-in` runs server, stand-ins and caller, and ends them again."""
    done = CliRunner().invoke(main, ["client", "--upstream", "stand-in"])
    lines = [line.split(maxsplit=1) for line in done.output.splitlines()]

    assert 0 == done.exit_code, done.output
    for vendor, times in {"openai": 2, "gemini": 1, "anthropic": 1}.items():
        words = f"Hello from the {vendor} stand-in."
        assert times == lines.count(["plain", words])
        assert times == lines.count(["streamed", words])
    assert 4 == done.output.count("header X-LlamaStack-Provider-Data")
    assert "standin" not in json.dumps(done.output)

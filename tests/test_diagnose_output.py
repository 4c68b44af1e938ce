"""Findings are printed in five forms, none of which shows a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.diagnose import diagnosis
from conformance.diagnose.command import FORMATS
from conformance.diagnose.output import as_json, as_text, totals
from conformance.judge.finding import Effect, Finding, Level
from tests.support.diagnosing import CONFIG, CONFIG_MAP, run, write
from tests.support.examples import given
from tests.support.examples import strategies as st

SECRETS = ("hidden-one", "tiny-1", "y12")
SARIF_LEVELS = {"none", "note", "warning", "error"}


@pytest.mark.parametrize("release", ["0.5.1", "", "all"])
@pytest.mark.parametrize("form", FORMATS)
def test_no_form_shows_a_secret(tmp_path: Path, form: str, release: str) -> None:
    """A secret is taken out by its field's name, in headers and in URLs, however short it is."""
    _, shown = run(write(tmp_path, CONFIG), form=form, release=release)

    assert shown
    assert not [secret for secret in SECRETS if secret in shown]


PLACES = """\
api_key: {}
api_token: '{}'
password: {}
token: {}
secret: {}
my_key: {}
aws_secret_access_key: {}
api_keys: [{}]
url: 'http://me:{}@host'
uri: 'https://host/sse?a=1&token={}#b'
secrets: {{mine: {}}}
headers: {{Authorization: 'Bearer {}'}}
extra_headers: {{X-Mine: {}}}
api_key: |~        {}
api_key: >-~        a~        {}
api_key: "a\\~        {}"
api_key: ${{env.KEY:={}}}
x: 1 # api_key: {}
"""


@pytest.mark.parametrize("line", PLACES.splitlines())
def test_a_secret_is_known_by_its_place(tmp_path: Path, line: str) -> None:
    """Neither the finding's line nor the difference shows it, wherever it stands."""
    secret = "Zq7-pWx"
    config = CONFIG.replace(
        '{url: "http://joe:hidden-one@host", api_token: tiny-1, headers: {x: y12}}',
        "\n        " + line.format(secret).replace("~", "\n") + "\n        url_: http://x",
    )
    assert secret in config
    broken = config.replace("models:", "models: : x")
    for text in (config, config.replace("url_", "url"), broken):
        file = write(tmp_path, text)
        for form in ("text", "json", "sarif"):
            assert secret not in run(file, form=form)[1]
        assert secret not in run(file, diff=True)[1]


def test_text_shows_the_line_and_a_caret(tmp_path: Path) -> None:
    """Each finding has its place, its line with a caret, and what to write instead."""
    status, shown = run(write(tmp_path, CONFIG))

    lines = shown.splitlines()
    place = next(number for number, line in enumerate(lines) if "[unknown-api]" in line)
    assert 1 == status
    assert "    7 | - telemetry" == lines[place + 2].removeprefix(" ")
    assert lines[place + 2].index("telemetry") == lines[place + 3].index("^^^^^^^^^")
    assert "  instead: leave it out; the variables of OpenTelemetry switch it on" in lines
    assert "2 errors, 1 warning; 3 can be fixed: --fix" == lines[-1]


def test_what_stops_a_start_comes_first(tmp_path: Path) -> None:
    """Findings are in the order in which they would stop a start."""
    text = CONFIG.replace("- inference\n# about telemetry\n- telemetry", "- inference")
    _, shown = run(write(tmp_path, f"{text}apis: [telemetry]\n"), form="json")

    (file,) = [each for each in json.loads(shown)["files"] if each["release"]]
    assert ["unknown-api", "renamed-key", "moved-key"] == [each["id"] for each in file["findings"]]
    assert "no" == file["boots"]


def test_two_releases_by_default(tmp_path: Path) -> None:
    """A config is judged for the release it seems written for and for the newest."""
    _, shown = run(write(tmp_path, CONFIG), release="")

    assert "and 2 of the findings above" in shown
    assert "2 errors, 1 warning; 3 can be fixed: --fix" in shown


@pytest.mark.parametrize("release", ["0.5.1", "", "all"])
def test_text_fits_its_width(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, release: str) -> None:
    """No line of prose is wider than 80 columns; what is cut is only the line shown."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, CONFIG.replace("image_name: ", f"image_name: {'x' * 200} # "))
    _, shown = run("run.yaml", release=release)

    assert [] == [line for line in shown.splitlines() if len(line) > 80]


def test_a_long_variable_fits_its_width(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The list of what is not set has a line more for it."""
    monkeypatch.chdir(tmp_path)
    name = "A_" * 30
    write(tmp_path, f"version: 2\ndistro_name: ${{env.{name}}}\napis: []\nproviders: {{}}\n")
    shown = CliRunner().invoke(main, ["diagnose", "run.yaml", "--release", "0.5.1"]).output

    assert f"  run.yaml:2:1:\n    `{name}` is not set" in shown
    assert [] == [line for line in shown.splitlines() if len(line) > 80]


def _diagnosis(shown: str, caret: int, what: str) -> diagnosis.Diagnosis:
    finding = Finding(
        id="x", level=Level.ERROR, effect=Effect.REFUSED, path=(), what=what, instead=what
    )
    remark = diagnosis.Remark(finding, "", "run.yaml", 1, caret + 1, shown, caret, 5)
    return diagnosis.Diagnosis("run.yaml", "", None, "ogx 1.5.0", (remark,))


@given(st.text(max_size=300), st.integers(0, 300), st.text(max_size=200), st.integers(40, 200))
def test_text_fits_any_width(shown: str, caret: int, what: str, width: int) -> None:
    """Whatever a line holds, it is shown on one line of the terminal, with the caret in it."""
    line = " ".join(shown.splitlines())
    found = _diagnosis(line, min(caret, len(line)), " ".join(what.split()))
    text = as_text.details([found], as_text.Style(width))

    assert [] == [each for each in text.split("\n") if len(each) > width]


def test_colour_is_for_terminals_only(tmp_path: Path) -> None:
    """Without a terminal there is no escape sequence; with one there is."""
    assert "\x1b" not in run(write(tmp_path, CONFIG))[1]
    shown = as_text.details([_diagnosis("x", 0, "y")], as_text.Style(colour=True))
    assert "\x1b[" in shown
    assert "\x1b[37m" not in shown  # white, which half of the terminals have for paper


@pytest.mark.parametrize(
    "text", [CONFIG, CONFIG_MAP, "a: [", ""], ids=["config", "map", "no", "empty"]
)
def test_json_is_as_its_schema_says(tmp_path: Path, text: str) -> None:
    """The JSON is valid by the schema that is shipped with it."""
    schema = json.loads(as_json.SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    _, shown = run(write(tmp_path, text), form="json", release="")

    jsonschema.validate(json.loads(shown), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(shown), "more": 1}, schema)


def test_sarif_has_what_the_standard_demands(tmp_path: Path) -> None:
    """SARIF 2.1.0: one run, a rule for every result, levels and regions of the standard."""
    _, shown = run(write(tmp_path, CONFIG_MAP), form="sarif", release="")

    log: dict[str, Any] = json.loads(shown)
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert "2.1.0" == log["version"]
    assert one["tool"]["driver"]["name"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert one["results"]
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in SARIF_LEVELS
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("file:///")
        assert 1 <= place["region"]["startColumn"] < place["region"]["endColumn"]
        assert 1 <= place["region"]["startLine"]


@pytest.mark.parametrize(
    "text", [CONFIG, CONFIG_MAP, "a: [", ""], ids=["config", "map", "no", "empty"]
)
def test_sarif_is_as_the_standard_says(tmp_path: Path, text: str) -> None:
    """Every object has what SARIF 2.1.0 demands, and no property that it does not know."""
    file = Path(__file__).parent / "data" / "sarif.schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    _, shown = run(write(tmp_path, text), form="sarif", release="")

    jsonschema.validate(json.loads(shown), schema)


def test_annotations_are_workflow_commands(tmp_path: Path) -> None:
    """Each finding is one line that GitHub shows at its line of the file."""
    file = write(tmp_path, CONFIG)
    _, shown = run(file, form="github")

    first, *_ = shown.splitlines()
    assert f"::error file={file},line=7,col=3,title=unknown-api (llama-stack 0.5.1)::" in first
    assert "%0AInstead: leave it out" in first
    assert 3 == len(shown.splitlines())


def test_markdown_is_a_table(tmp_path: Path) -> None:
    """Each finding is a row with as many cells as the head."""
    _, shown = run(write(tmp_path, CONFIG), form="markdown")

    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert 5 == len(rows)
    assert {6} == {row.count("|") - row.count("\\|") for row in rows}


@pytest.mark.parametrize(
    ("level", "fail_on", "expected"),
    [
        (Level.ERROR, Level.ERROR, 1),
        (Level.WARNING, Level.ERROR, 0),
        (Level.WARNING, Level.WARNING, 1),
        (Level.NOTE, Level.WARNING, 0),
        (Level.NOTE, Level.NOTE, 1),
    ],
)
def test_status(level: Level, fail_on: Level, expected: int) -> None:
    """The status is 1 from the level on that the user names, and 2 for what was not judged."""
    finding = Finding(id="x", level=level, effect=Effect.IGNORED, path=(), what="x")
    found = [diagnosis.Diagnosis("x", "", None, "y", (diagnosis.Remark(finding, "", "x", 1, 1),))]

    assert expected == totals.status(found, fail_on, unable=False)
    assert 2 == totals.status(found, fail_on, unable=True)
    assert 0 == totals.status([], fail_on, unable=False)

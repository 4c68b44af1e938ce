"""A repair changes what it means to change, and not one other character."""

from __future__ import annotations

import codecs
import textwrap
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.diagnose.asked import Asked
from conformance.diagnose.options import UsageError
from conformance.diagnose.repair import repairs, writing
from tests.support import fake_judge
from tests.support.diagnosing import CONFIG, CONFIG_MAP, run, write

if TYPE_CHECKING:
    from pathlib import Path


REPAIRED = """\
# mine
version: '2'   # quoted
image_name: "shop"
apis:
- inference
# about telemetry
# telemetry is no API any more
# after it
providers:
    inference:
    - provider_id: v
      provider_type: remote::vllm
      config: {base_url: "http://joe:hidden-one@host", api_token: tiny-1, headers: {x: y12}}
registered_resources:
  models:
    # my models
    - model_id: m   # best
      provider_id:   v
"""


def run_judged(file: Path, *options: str) -> str:
    """Return what `diagnose` prints of a file on the reference release, with the judge itself."""
    return CliRunner().invoke(main, ["diagnose", str(file), "--release", "0.5.1", *options]).output


def names(directory: Path) -> list[str]:
    """Return the names of all files in a directory."""
    return sorted(file.name for file in directory.iterdir())


def test_a_repair_is_exact(tmp_path: Path) -> None:
    """Comments, order, quotes and layout stay; what moves takes its comments along."""
    status, shown = run(write(tmp_path, CONFIG), fix=True)

    assert (0, REPAIRED) == (status, (tmp_path / "run.yaml").read_text())
    assert "nothing found" in shown


def test_a_backup_is_kept_and_never_overwritten(tmp_path: Path) -> None:
    """Each repair leaves the file it found under a free name beside it."""
    write(tmp_path, "older", "run.yaml.bak")
    run(write(tmp_path, CONFIG), fix=True)

    assert "older" == (tmp_path / "run.yaml.bak").read_text()
    assert CONFIG == (tmp_path / "run.yaml.bak.1").read_text()


def test_a_second_repair_changes_nothing(tmp_path: Path) -> None:
    """A repaired file is left alone: no write, no backup."""
    config = write(tmp_path, CONFIG)
    run(config, fix=True)
    before = (tmp_path / "run.yaml").stat().st_ino, names(tmp_path)
    run(config, fix=True)

    assert before == ((tmp_path / "run.yaml").stat().st_ino, names(tmp_path))


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_line_ends_and_marks_stay(tmp_path: Path, mark: bytes, end: str) -> None:
    """A byte order mark and the file's kind of line ends survive."""
    run(write(tmp_path, mark + CONFIG.replace("\n", end).encode()), fix=True)

    assert mark + REPAIRED.replace("\n", end).encode() == (tmp_path / "run.yaml").read_bytes()


def test_a_link_and_its_permissions_stay(tmp_path: Path) -> None:
    """The file behind a link is repaired; the link and the file's mode stay."""
    write(tmp_path, CONFIG, "real.yaml")
    (tmp_path / "real.yaml").chmod(0o640)
    (tmp_path / "run.yaml").symlink_to("real.yaml")
    run(str(tmp_path / "run.yaml"), fix=True)

    assert (tmp_path / "run.yaml").is_symlink()
    assert REPAIRED == (tmp_path / "real.yaml").read_text()
    assert 0o640 == (tmp_path / "real.yaml").stat().st_mode & 0o777


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_config_map_is_repaired_in_place(tmp_path: Path, end: str) -> None:
    """Inside a manifest only the lines of the config change, at their indentation."""
    run(write(tmp_path, CONFIG_MAP.replace("\n", end).encode()), fix=True)

    wanted = CONFIG_MAP.replace("    - telemetry\n", "    # telemetry is no API any more\n")
    wanted = wanted.replace(
        "          url: http://host   # old", "          base_url: http://host   # old"
    )
    assert wanted.replace("\n", end).encode() == (tmp_path / "run.yaml").read_bytes()


def test_a_config_inside_a_resource_is_repaired(tmp_path: Path) -> None:
    """A config that is part of a mapping is repaired at its place."""
    head = "kind: LlamaStackDistribution\napiVersion: x/v1\nspec:\n  config:\n"
    run(write(tmp_path, head + textwrap.indent(CONFIG, "    ")), fix=True)

    assert head + textwrap.indent(REPAIRED, "    ") == (tmp_path / "run.yaml").read_text()


def test_every_config_of_a_file_is_repaired(tmp_path: Path) -> None:
    """Several documents are repaired in one run."""
    run(write(tmp_path, f"{CONFIG}---\n{CONFIG}"), fix=True)

    assert f"{REPAIRED}---\n{REPAIRED}" == (tmp_path / "run.yaml").read_text()


def test_what_was_not_judged_is_not_repaired(tmp_path: Path) -> None:
    """In a file that a directory led to, a document that is no config for sure stays as it is."""
    doubtful = "models:\n- model_id: m\n"
    write(tmp_path, f"{CONFIG}---\n{doubtful}")
    run(str(tmp_path), fix=True)

    assert f"{REPAIRED}---\n{doubtful}" == (tmp_path / "run.yaml").read_text()


def test_a_quoted_config_is_left_and_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A config in a quoted text is not rewritten; the user is told so."""
    text = yaml.safe_dump(
        {"kind": "ConfigMap", "apiVersion": "v1", "data": {"x": CONFIG}}, default_style='"'
    )
    run(write(tmp_path, text), fix=True)

    assert text == (tmp_path / "run.yaml").read_text()
    assert "repair it by hand" in capsys.readouterr().err


def test_a_difference_is_shown_without_secrets(tmp_path: Path) -> None:
    """`--diff` writes nothing, shows no secret, and its status says that there is a difference."""
    config = write(tmp_path, CONFIG)
    status, shown = run(config, diff=True)

    assert 1 == status
    assert CONFIG == (tmp_path / "run.yaml").read_text()
    assert "+registered_resources:" in shown
    assert not [secret for secret in ("hidden-one", "tiny-1", "y12") if secret in shown]
    write(tmp_path, REPAIRED)
    assert (0, "") == run(config, diff=True)


def test_a_difference_of_what_cannot_be_read_is_not_clean(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`--diff` says what it could not read, and its status is that of a diagnosis."""
    file = write(tmp_path, "apis: [inference]\nversion: a: b\n")

    assert (2, "") == run(file, diff=True)
    assert f"{file}:2:11: not repaired: mapping values" in capsys.readouterr().err
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UsageError, match="no config in"):
        run(str(tmp_path / "nothing"), diff=True)


def test_what_a_move_cannot_join_is_left(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A key is not moved onto another one with other content; the rest is repaired."""
    config = CONFIG.replace('{url: "', '{base_url: "http://other", url: "')
    run(write(tmp_path, config), fix=True)

    text = (tmp_path / "run.yaml").read_text()
    assert 'base_url: "http://other", url: "' in text
    assert "registered_resources:" in text
    error = capsys.readouterr().err
    assert "already set to something else" in error
    assert "hidden-one" not in error


def test_a_migration_is_a_repair_for_another_release(tmp_path: Path) -> None:
    """`--migrate` names the release whose findings are cured."""
    status, shown = run(write(tmp_path, CONFIG), migrate="1.5.0")

    assert 0 == status
    assert "1.5.0" in shown
    assert REPAIRED == (tmp_path / "run.yaml").read_text()


def test_a_failed_write_leaves_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If a file cannot be replaced it is as it was, and no temporary file is left."""
    file = write(tmp_path, CONFIG)
    done = repairs.repaired(file, CONFIG, Asked(fake_judge, {}, releases.reference()))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "no", file)

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(PermissionError):
        writing.write(done)
    assert CONFIG == (tmp_path / "run.yaml").read_text()
    assert {"run.yaml", "run.yaml.bak"} == set(names(tmp_path))


UNREAD = """\
version: 2
image_name: a
apis: [inference]
providers:
  inference:
  - provider_id: here
    provider_type: remote::passthrough
    config: {}
models:
- {model_id: m, provider_id: here}
"""
UNREADABLE = UNREAD.replace("m, provider_id: here", "m, provider_id: gone")


@pytest.mark.parametrize("how", [("--fix", "--release", "0.5.1"), ("--migrate", "0.7.1")])
def test_what_is_ignored_stays_where_reading_it_would_stop_the_start(
    tmp_path: Path, how: tuple[str, ...]
) -> None:
    """Both releases ignore the list; moved, it would name a provider that is not there."""
    file = tmp_path / "run.yaml"
    file.write_text(UNREADABLE)
    done = CliRunner().invoke(main, ["diagnose", str(file), *how])

    assert "\nmodels:\n- {model_id: m, provider_id: gone}\n" in file.read_text()
    assert "once it is read: `inference` has no provider `gone`" in done.output
    assert "; but once it is read: `inference`" in " ".join(run_judged(file).split())


@pytest.mark.parametrize("how", [("--fix", "--release", "0.5.1"), ("--migrate", "0.7.1")])
def test_what_is_ignored_is_moved_where_it_can_be_read(
    tmp_path: Path, how: tuple[str, ...]
) -> None:
    """The same list, of a provider that is there."""
    file = tmp_path / "run.yaml"
    file.write_text(UNREAD)
    CliRunner().invoke(main, ["diagnose", str(file), *how])

    moved = yaml.safe_load(file.read_text())["registered_resources"]
    assert moved == {"models": [{"model_id": "m", "provider_id": "here"}]}


ANCHORED = """\
version: 2
apis: [inference]
providers:
  inference:
  - {provider_id: a, provider_type: remote::vllm, config: &own {url: "http://a/v1"}}
  - {provider_id: b, provider_type: remote::vllm, config: {<<: *own, base_url: "http://b/v1"}}
"""
COUNTED = {
    "moved": (UNREAD, 1),
    "a key that stands twice": (f"version: 1\n{UNREAD}", 1),
    "refused once it is read": (UNREADABLE, 0),
    "another cure beside it": (UNREADABLE.replace("[inference]", "[inference, telemetry]"), 1),
    "already set": (UNREAD.replace("models:", "registered_resources: {models: 7}\nmodels:"), 0),
    "brought by an anchor": (ANCHORED, 0),
}


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_counted_is_what_a_repair_does(tmp_path: Path, name: str) -> None:
    """Before a repair the count is what it will do; after it, nothing is left to be done."""
    text, number = COUNTED[name]
    file = tmp_path / "run.yaml"
    file.write_text(text)
    before, shown = run_judged(file, "--format", "json"), run_judged(file)
    repaired = run_judged(file, "--fix")

    assert number == before.count('"fix": true')
    assert (f"{number} can be fixed: --fix" in shown) == ("can be fixed" in shown) == (number > 0)
    assert (f"{number} finding" in repaired) == ("repaired; backup" in repaired) == (number > 0)
    assert "can be fixed" not in repaired
    assert "can be fixed" not in run_judged(file, "--format", "markdown")

"""Environments: their recipe, that they are made once, and what a broken one is told apart by."""

from __future__ import annotations

import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.core import releases
from conformance.core.releases import Release
from conformance.releases import environments, suite_copy
from conformance.releases.environments import EnvironmentsError

REFERENCE = releases.reference()


def _script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of this test's own."""
    monkeypatch.setattr(suite_copy, "cache_directory", lambda: tmp_path)
    monkeypatch.setattr(suite_copy, "source", lambda: tmp_path)
    return tmp_path


FAKE_UV = """
import pathlib, sys
log = pathlib.Path(__file__).with_name("calls")
log.write_text((log.read_text() if log.exists() else "") + " ".join(sys.argv[1:3]) + "\\n")
if sys.argv[1] == "venv":
    python = pathlib.Path(sys.argv[-1]) / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\\necho '" + {answer} + "'\\n")
    python.chmod(0o755)
elif sys.argv[1:3] == ["pip", "freeze"]:
    print("llama-stack==0.5.1")
elif {fails}:
    sys.exit("no solution found\\nfor this")
"""


def _uv(monkeypatch: pytest.MonkeyPatch, place: Path, answer: str, *, fails: bool = False) -> Path:
    text = FAKE_UV.replace("{answer}", repr(answer)).replace("{fails}", str(fails))
    fake = _script(place / "tools" / "uv", text)
    monkeypatch.setattr(environments, "uv", lambda: str(fake))
    return fake.with_name("calls")


GOOD = '{"importable": null, "boots": null}'


def test_as_released_everything_is_of_that_day() -> None:
    """Own packages are pinned to one version, the rest is cut at the moment, tools are exempt."""
    recipe = environments.recipe(REFERENCE, "released")

    assert ["llama-stack==0.5.1", "llama-stack-api==0.5.1", "llama-stack-client==0.5.1"] == recipe[
        :3
    ]
    assert "2026-02-19T20:05:54Z" == recipe[recipe.index("--exclude-newer") + 1]
    exempt = [word.partition("=")[0] for word in recipe if word.endswith(environments.FAR)]
    assert set(environments.TOOLS) <= set(exempt)
    assert "openai" not in exempt


def test_today_nothing_is_pinned_but_the_release() -> None:
    """A plain install names the release and what the suite needs, and nothing else."""
    recipe = environments.recipe(REFERENCE, "today")

    assert "llama-stack==0.5.1" == recipe[0]
    assert {"--upgrade"} == {word for word in recipe[1:] if "==" in word or word.startswith("-")}


@pytest.mark.parametrize(
    ("name", "pins"),
    [
        ("0.4.0", ["llama-stack-api==0.4.0"]),
        ("0.5.1", ["llama-stack-api==0.5.1", "mcp<2"]),
        ("0.7.1", ["mcp<2", "openai<2.34"]),
        ("ogx 1.4.0", ["ogx-api==1.4.0"]),
        ("ogx 1.5.0", []),
    ],
)
def test_what_the_page_says_to_pin_is_pinned(name: str, pins: list[str]) -> None:
    """The environment of today with pins has those of the release's row, and nothing else."""
    release = releases.find(name)
    recipe = environments.recipe(release, "pinned")

    assert pins == recipe[1 : 1 + len(pins)]
    assert recipe == [recipe[0], *pins, *environments.recipe(release, "today")[1:]]


def test_ogx_0_7_1_has_the_api_package_of_the_old_name() -> None:
    """There is no ogx-api 0.7.1."""
    recipe = environments.recipe(releases.find("ogx 0.7.1"), "released")

    assert ["ogx==0.7.1", "llama-stack-api==0.7.1"] == recipe[:2]


def test_an_environment_is_made_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing is installed, and the same is known of it."""
    calls = _uv(monkeypatch, place, GOOD)

    first = environments.prepare(REFERENCE)
    made = calls.read_text(encoding="utf-8")
    second = environments.prepare(REFERENCE)

    assert first == second
    assert "venv --quiet\npip install\npip freeze\n" == made == calls.read_text(encoding="utf-8")
    assert (None, None, None) == (
        first.not_installable,
        first.not_importable,
        first.boots_nothing,
    )


def test_todays_environment_lasts_a_day(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tomorrow a plain install may resolve differently, so it is made again."""
    calls = _uv(monkeypatch, place, GOOD)
    environments.prepare(REFERENCE, "today")
    environments.prepare(REFERENCE, "today")
    once = calls.read_text(encoding="utf-8")
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011 - as the module asks
    monkeypatch.setattr(environments, "date", SimpleNamespace(today=lambda: tomorrow))

    environments.prepare(REFERENCE, "today")

    assert 1 == once.count("pip install")
    assert 2 == calls.read_text(encoding="utf-8").count("pip install")


def test_another_recipe_makes_it_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that was published again is installed again."""
    calls = _uv(monkeypatch, place, GOOD)
    environments.prepare(Release("ogx", "99.0.0"))
    monkeypatch.setattr(environments, "needed", list)

    environments.prepare(Release("ogx", "99.0.0"))

    assert 2 == calls.read_text(encoding="utf-8").count("pip install")


def test_what_cannot_be_installed_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installer's last words are the reason, and a later run does not rely on them."""
    calls = _uv(monkeypatch, place, GOOD, fails=True)

    assert "no solution found for this" == environments.prepare(REFERENCE).not_installable
    environments.prepare(REFERENCE)
    assert 2 == calls.read_text(encoding="utf-8").count("pip install")


def test_what_cannot_be_installed_leaves_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be no such release; an environment that was there before stays as it is."""
    _uv(monkeypatch, place, GOOD)
    kept = environments.prepare(REFERENCE)
    _uv(monkeypatch, place, GOOD, fails=True)
    monkeypatch.setattr(environments, "needed", list)

    assert environments.prepare(REFERENCE).not_installable
    assert environments.prepare(Release("ogx", "99.0.0")).not_installable
    made = [each for each in (place / "environments").iterdir() if each.is_dir()]
    assert made == [Path(kept.python).parents[1]]


NO_RELEASES = ("ogx==abc", "99.0.0", "  ", "", "../x", "llama-stack==1.5.0", "llama-stack==9.9.9;x")
ASKED = ("matrix", "crosscheck", "clients", "bench-gateway", "witnesses", "upgrade 0.5.1")


@pytest.mark.parametrize("name", NO_RELEASES)
def test_what_is_no_release_is_said_before_anything_is_made(place: Path, name: str) -> None:
    """Every command that has environments made says so in one line, and ends with 2."""
    for command in ASKED:
        done = CliRunner().invoke(main, [*command.split(), name])

        assert (command, 2) == (command, done.exit_code)
        assert "is no known release" in done.output
        assert 1 == done.output.count("\n")
    assert [] == list(place.iterdir())


def test_what_cannot_be_imported_or_booted_says_so(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the probe found is told apart: no import, or no boot."""
    _uv(monkeypatch, place, '{"importable": "ImportError: x", "boots": null}')
    assert "ImportError: x" == environments.prepare(REFERENCE).not_importable

    _uv(monkeypatch, place, '{"importable": null, "boots": "no"}')
    assert "no" == environments.prepare(releases.find("ogx 0.7.1")).boots_nothing


def test_an_import_that_was_only_late_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine says nothing about a release: the next time it is imported again."""
    _uv(monkeypatch, place, '{"importable": "timed out after 90 s", "boots": null}')
    assert environments.prepare(REFERENCE).not_importable

    for python in place.glob("environments/*/bin/python"):
        python.write_text(f"#!/bin/sh\necho '{GOOD}'\n", encoding="utf-8")

    assert environments.prepare(REFERENCE).not_importable is None


def test_a_uv_that_only_complains_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The uv beside the interpreter comes first, then the one on PATH; it must answer."""
    beside = _script(tmp_path / "beside" / "uv", "raise SystemExit(127)")
    works = _script(tmp_path / "path" / "uv", "")
    monkeypatch.setattr(sys, "executable", str(beside.with_name("python")))
    monkeypatch.setenv("PATH", str(works.parent))
    environments.uv.cache_clear()

    assert str(works) == environments.uv()

    works.unlink()
    environments.uv.cache_clear()
    with pytest.raises(EnvironmentsError, match="pip install uv"):
        environments.uv()
    environments.uv.cache_clear()


def test_a_copy_of_the_suite_holds_what_a_run_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is whole, and the same one is given again."""
    monkeypatch.setattr(suite_copy, "cache_directory", lambda: tmp_path)
    suite_copy.source.cache_clear()

    copy = suite_copy.source()

    assert {"conformance", "cassettes", "run.yaml", "pyproject.toml"} == {
        file.name for file in copy.iterdir()
    }
    suite_copy.source.cache_clear()
    assert copy == suite_copy.source()
    suite_copy.source.cache_clear()


def test_runs_that_start_together_get_the_same_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None trips over what another is making, and nothing half made is left."""
    monkeypatch.setattr(suite_copy, "cache_directory", lambda: tmp_path)
    together = threading.Barrier(4)

    def asked(_number: int) -> Path:
        together.wait()
        return suite_copy.source.__wrapped__()

    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "gone").symlink_to("nowhere")  # as one that was just renamed looks
    with ThreadPoolExecutor(4) as pool:
        copies = set(pool.map(asked, range(4)))

    assert len(copies) == 1
    assert not [file for file in (tmp_path / "suite").iterdir() if file.name.startswith("tmp")]

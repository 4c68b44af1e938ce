"""`llama-conformance new`: the folder of a gotcha that runs at once and waits to be measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import PACKAGE
from conformance.commands.main import main
from conformance.commands.new_gotcha import TEMPLATES
from conformance.releases import suite_copy
from tests.support import runs

SLUG = "what-goes-wrong"
FILES = ["__init__.py", "expectations.toml", "mutations.py", "test_what_goes_wrong.py"]
LIMIT_S = 120


def in_the(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in a checkout, which is the first place to import from."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", *words],
        cwd=checkout,
        env={"PYTHONPATH": str(checkout), "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which a gotcha was just begun."""
    copy = runs.checkout(tmp_path_factory.mktemp("new") / "checkout")
    done = in_the(copy, "conformance", "new", SLUG)
    assert (0, "") == (done.returncode, done.stderr)
    return copy


def folder(checkout: Path) -> Path:
    """Return the new gotcha's folder."""
    return checkout / "conformance" / "gotchas" / "what_goes_wrong"


def test_the_folder_has_a_check_its_expectations_and_a_mutation(checkout: Path) -> None:
    """The new folder holds what every gotcha has, formatted as the rest."""
    assert FILES == sorted(path.name for path in folder(checkout).iterdir() if path.is_file())
    for command in (["check"], ["format", "--check"]):
        done = in_the(checkout, "ruff", *command, "--no-cache", str(folder(checkout)))
        assert done.returncode == 0, done.stdout


def test_the_skeleton_runs_and_is_not_measured(checkout: Path) -> None:
    """The example check observes, and ends in an error that says what is missing."""
    done = in_the(checkout, "pytest", str(folder(checkout)))

    assert done.returncode == 1
    assert f"{SLUG}/example" in done.stdout
    text = " ".join(done.stdout.split())
    assert "not measured on llama-stack 0.5.1" in text
    assert "observed `listed`" in text


def test_the_skeletons_mutation_turns_its_check(checkout: Path) -> None:
    """Once its outcome is written down, the example is a check like all others."""
    rows = folder(checkout) / "expectations.toml"
    empty = rows.read_text(encoding="utf-8")
    rows.write_text('[example]\n"*" = "listed"\n', encoding="utf-8")
    try:
        places = (str(folder(checkout)), "tests/test_every_check_can_fail.py")
        done = in_the(checkout, "pytest", *places, "-k", "what_goes")
    finally:
        rows.write_text(empty, encoding="utf-8")

    assert done.returncode == 0, done.stdout
    assert "checks: 1 as expected, 0 drift, 0 error" in done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        *((slug, "is no slug") for slug in ("", "Upper", "1st", "under_score", "ümlaut", "a\n")),
        *(("tilde-path", "exists"), ("chat", "exists")),
    ],
)
def test_a_slug_that_cannot_be_is_refused(slug: str, reason: str) -> None:
    """A malformed slug, or one that is taken, is refused in one line, and nothing is written."""
    before = sorted(PACKAGE.glob("*/*"))

    done = CliRunner().invoke(main, ["new", "--", slug])

    assert (2, 1) == (done.exit_code, len(done.stderr.splitlines()))
    assert reason in done.stderr
    assert before == sorted(PACKAGE.glob("*/*"))


def test_an_installed_suite_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a checkout there is no place for a gotcha, and the command says so."""
    monkeypatch.setattr(suite_copy, "checkout", lambda: None)

    done = CliRunner().invoke(main, ["new", SLUG])

    assert done.exit_code == 2
    assert "checkout" in done.stderr


@pytest.mark.parametrize(
    "placeholder",
    [
        *("Say in one sentence", "Say what the check does", "Say what the changed stack does"),
        *("what a user sees, in 20", "what it costs the user", "the workaround, which a check"),
        "the lines of a config, or the request, that show it",
    ],
)
def test_no_gotcha_is_left_as_it_was_begun(placeholder: str) -> None:
    """What the skeleton asks its author to write has been written in every gotcha."""
    begun = "".join(file.read_text(encoding="utf-8") for file in TEMPLATES.iterdir())
    left = [
        file.parent.name
        for file in PACKAGE.glob("gotchas/*/*.py")
        if placeholder in file.read_text(encoding="utf-8")
    ]

    assert placeholder in begun
    assert [] == left

"""Recording runs in this process, and the little scenario that most of them record."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest

from tests.support.harness import ROOT
from tests.support.pretend_vendors import KEYS

if TYPE_CHECKING:
    from pathlib import Path


# A scenario of a few checks in one file, which send their chats to one vendor.
FILE = ROOT / "conformance/gotchas/unlisted_models/test_unlisted_models.py"
SCENARIO = "unlisted-models"
CASSETTE = f"openai/{SCENARIO}.yaml"
KEY = KEYS["openai"]


def run(cassettes: Path, *options: str, file: Path = FILE) -> tuple[int, str]:
    """Run checks with the options; return the exit status and all that was printed."""
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-o", "addopts=")
    plugins = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    arguments = [*settings, *plugins, f"--conformance-cassettes={cassettes}", *options]
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(printed):
        status = pytest.main([*arguments, str(file)])
    return int(status), printed.getvalue()


def recorded(output: str) -> list[str]:
    """Return what a run said about each cassette."""
    _, _, section = output.rpartition(" recording ===")
    lines = section.splitlines()[1:]
    return [line.strip() for line in lines if line and not line.startswith("=")]


def old_cassettes(target: Path) -> Path:
    """Copy the suite's cassettes of the scenario, with words that no stand-in would say today."""
    target.mkdir()
    for file in (ROOT / "cassettes").glob(f"*/{SCENARIO}.yaml"):
        copied = target / file.parent.name / file.name
        copied.parent.mkdir(exist_ok=True)
        shutil.copy(file, copied)
        copied.write_text(copied.read_text().replace("stand-in.", "vendor of old."))
    return target

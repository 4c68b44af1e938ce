"""Recording runs in this process, and the little scenario that most of them record."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.support.harness import ROOT, session
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
    return session(f"--conformance-cassettes={cassettes}", *options, str(file))


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

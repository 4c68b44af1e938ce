"""Every id of a finding is explained, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import PACKAGE
from conformance.commands.main import main
from conformance.judge import kinds
from conformance.run import catalogue

NAMED = re.compile(
    r"(?:\bid=|\bshown\(\s*|_finding\(|finding_id = |OLD_STORES = |\bproblem\([\w., ]+)"
    r'"([a-z0-9-]+)"(?: if (?:known|fault\.missing) else "([a-z0-9-]+)")?'
)
CHOSEN = {"moved-key", "misspelt-key", "unknown-key", "unrendered-template"}
# What reading a file may end with; the ids are arguments without a name.
READING = {"not-yaml", "alias-bomb", "duplicate-key", "several-documents"}


def ids() -> set[str]:
    """Return the ids that the sources name."""
    files = [
        *(PACKAGE / "judge").glob("*.py"),
        *(PACKAGE / "diagnose").rglob("*.py"),
        *(PACKAGE / "gotchas").glob("*/find.py"),
    ]
    found = {
        name
        for file in files
        for match in NAMED.findall(file.read_text(encoding="utf-8"))
        for name in match
        if name
    }
    return found | CHOSEN | READING


def test_every_id_is_explained() -> None:
    """An id in the sources has a text, and a text has an id."""
    assert kinds.texts().keys() == ids()


@pytest.mark.parametrize("name", sorted(kinds.texts()))
def test_explain_shows_it(name: str) -> None:
    """`explain ID` says what a finding stands for, within 80 columns."""
    done = CliRunner().invoke(main, ["explain", name])

    assert 0 == done.exit_code, done.output
    assert done.output.startswith(f"{name}: ")
    if name not in catalogue.topics():
        assert all(len(line) <= 80 for line in done.output.splitlines())


def test_the_ids_are_for_life() -> None:
    """No id that was ever published is gone; one may be added here, and none taken away."""
    kept = Path(__file__).parent / "data" / "finding_ids.txt"
    assert set(kept.read_text(encoding="utf-8").split()) <= kinds.texts().keys()

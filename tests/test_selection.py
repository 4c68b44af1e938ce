"""Checks are chosen by the vendor that their chats go to, and by the words after `-m`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import conftest
from conformance.run import catalogue
from tests.support import runs

if TYPE_CHECKING:
    from pathlib import Path


def test_every_vendor_has_checks_of_its_own() -> None:
    """A check that names a vendor belongs to it alone."""
    vendors = {check.id: check.vendors for check in catalogue.declared()}

    assert vendors["vendor-errors/body-gemini"] == {"gemini"}
    assert vendors["streaming/first-piece-anthropic"] == {"anthropic"}
    assert vendors["telemetry-removed/both"] == set()


def test_a_marker_chooses_what_list_shows(tmp_path: Path) -> None:
    """`-m gemini` collects the checks that `list --upstream gemini` lists."""
    wanted = {check.nodeid for check in catalogue.declared() if "gemini" in check.vendors}
    run = runs.here(tmp_path, "-m", "conformance and gemini", "--collect-only", "-q")
    found = {line for line in run.output.splitlines() if "::" in line}

    assert run.status == pytest.ExitCode.OK
    assert {each.rpartition("/")[2] for each in wanted} == {
        each.rpartition("/")[2] for each in found
    }


@pytest.mark.parametrize(
    ("expression", "only_checks"),
    [
        ("conformance", True),
        ("conformance and not slow", True),
        ("slow and conformance", True),
        ("(conformance or process) and not slow", True),
        ("", False),
        ("not conformance", False),
        ("conformance or wheel", False),
        ("not thorough or conformance", False),
        ("not (thorough or conformance)", False),
        ("not integration and not thorough", False),
    ],
)
def test_tests_are_read_where_they_may_be_chosen(expression: str, *, only_checks: bool) -> None:
    """A run that chooses checks alone does not read the suite's own tests, which takes seconds."""
    assert only_checks == conftest.asks_for_checks(expression)

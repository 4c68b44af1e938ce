"""Checks are chosen by the vendor that their chats go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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

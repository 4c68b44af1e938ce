"""Every check turns when the stack does: rule 2 of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.core.model import Verdict
from conformance.run import catalogue
from tests.harness import run_checks, stack_object
from tests.mutations import MUTATIONS, Mutation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_changed_stack_is_noticed(
    mutation: Mutation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under a mutation, each check it names observes the other outcome."""
    mutation.change(monkeypatch, stack_object)

    rows = run_checks(tmp_path / "report.json", *mutation.flips)

    assert mutation.flips == {
        check: row["observed"] if row["verdict"] == Verdict.DRIFT else row["evidence"]
        for check, row in rows.items()
    }


def test_every_check_has_a_mutation() -> None:
    """No check is without a change of the stack under which it turns."""
    flipped = {check for mutation in MUTATIONS for check in mutation.flips}
    declared = {check.id for check in catalogue.checks(releases.reference())}

    assert set() == declared - flipped
    assert set() == flipped - declared


def test_a_mutation_turns_a_check_to_another_outcome() -> None:
    """What a mutation leads to is a declared outcome, and not the expected one."""
    by_id = {check.id: check for check in catalogue.checks(releases.reference())}
    pairs = [pair for mutation in MUTATIONS for pair in mutation.flips.items()]

    assert [] == [pair for pair in pairs if pair[1] not in by_id[pair[0]].outcomes]
    assert [] == [pair for pair in pairs if pair[1] == by_id[pair[0]].expected]

"""Every check turns when the stack does: rule 2 of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.model import Verdict
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

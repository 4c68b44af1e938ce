"""Every check turns when the stack does: rule 2 of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.cassettes import recordings
from conformance.core import releases
from conformance.core.model import Verdict
from conformance.run import catalogue
from tests.harness import ROOT, run_checks, stack_object
from tests.mutations import MUTATIONS, Mutation
from tests.recording_runs import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def stand_ins_cassettes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cassettes with an answer for every check: live, a vendor may refuse what a check needs."""
    suites = ROOT / "cassettes"
    made = {recordings.read(file).provenance for file in suites.glob("*/*.yaml")}
    return suites if made == {"stand-in"} else recorded_from_stand_ins(tmp_path_factory)


def recorded_from_stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record all scenarios from the stand-ins."""
    target = tmp_path_factory.mktemp("stand-ins")
    status, printed = run(
        target,
        *(
            "-m",
            "conformance and scenario",
            "--record-mode=rewrite",
            "--conformance-upstream=stand-in",
        ),
        file=PACKAGE,
    )
    assert status == 0, printed
    return target


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_changed_stack_is_noticed(
    mutation: Mutation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stand_ins_cassettes: Path
) -> None:
    """Under a mutation, each check it names observes the other outcome."""
    mutation.change(monkeypatch, stack_object)

    options = (f"--conformance-cassettes={stand_ins_cassettes}",)
    rows = run_checks(tmp_path / "report.json", *mutation.flips, options=options)

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

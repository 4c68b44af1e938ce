"""Every check turns when the stack does: rule 2 of the suite."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from conformance import PACKAGE
from conformance.cassettes import recordings
from conformance.core import releases
from conformance.core.model import Verdict
from conformance.core.needs import PROCESS
from conformance.run import catalogue
from conformance.stack.mutations import Mutation
from tests.support.harness import ROOT, run_checks, stack_object
from tests.support.recording_runs import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mutations() -> Iterator[Mutation]:
    """Yield the mutations beside the checks, folder by folder."""
    for file in sorted(PACKAGE.glob("*/*/mutations.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        module = importlib.import_module(".".join(parts))
        yield from (each for each in vars(module).values() if isinstance(each, Mutation))


def folder(mutation: Mutation) -> str:
    """Return the name of the folder that a mutation is in."""
    return mutation.change.__module__.split(".")[2]


MUTATIONS = list(mutations())


def cases() -> Iterator[Any]:
    """Yield a case for each mutation; one of a server or of a heavy check takes its time."""
    heavy = {each.id for each in catalogue.declared() if each.slow or PROCESS in each.needs}
    for mutation in MUTATIONS:
        slow = not heavy.isdisjoint(mutation.flips)
        marks = [pytest.mark.thorough] if slow else []
        yield pytest.param(mutation, id=f"{folder(mutation)}-{mutation.name}", marks=marks)


@pytest.fixture(scope="module")
def stand_ins_cassettes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cassettes with an answer for every check: live, a vendor may refuse what a check needs."""
    suites = ROOT / "cassettes"
    made = {recordings.read(file).provenance for file in suites.glob("*/*.yaml")}
    if made == {"stand-in"}:
        return suites
    target = tmp_path_factory.mktemp("stand-ins")
    asked = ("--record-mode=rewrite", "--conformance-upstream=stand-in")
    status, printed = run(target, "-m", "conformance and scenario", *asked, file=PACKAGE)
    assert status == 0, printed
    return target


@pytest.mark.integration
@pytest.mark.parametrize("mutation", list(cases()))
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


def test_a_mutation_stands_beside_the_first_check_it_turns() -> None:
    """The folder of a mutation is that of the first check it names."""
    first = {each.name: next(iter(each.flips)).partition("/")[0] for each in MUTATIONS}

    assert first == {each.name: folder(each).replace("_", "-") for each in MUTATIONS}

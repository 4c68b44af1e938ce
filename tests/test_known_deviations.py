"""What answers deviate in is known by release, and a run of all checks writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.contract import known
from conformance.core import measured, releases
from conformance.core.model import Verdict
from conformance.releases import beside_packages, known_deviations, off_contract, rejudging

if TYPE_CHECKING:
    from conformance.releases.known_deviations import Table

CHECK = "answer-contract/plain-openai"
SECTION = "chat"
ADDED = "added-null $.choices[#].logprobs"
NEW = "added-null $.mood"
WORSE = "added $.mood"
RELEASED = {name: rows for name, rows in known.table().items() if measured.WITH not in name}


def row(*deviations: str, observed: str = "kept", verdict: str = "as-expected") -> dict[str, Any]:
    """Return a row of a report as far as it speaks of answers."""
    return {
        "id": CHECK,
        "gotcha": "answer-contract",
        "verdict": verdict,
        "observed": observed,
        "expected": "kept",
        "evidence": "",
        "bites": False,
        "received": [SECTION],
        "deviations": [f"{SECTION}{known.SEPARATOR}{each}" for each in deviations],
    }


def matrix(**checks: dict[str, Any]) -> dict[str, Any]:
    """Return a matrix of releases of llama-stack, each with one row: `v0_5_1=row(…)`."""
    return {
        "runs": [
            {
                "distribution": "llama-stack",
                "version": name.removeprefix("v").replace("_", "."),
                "report": {"checks": [check]},
            }
            for name, check in checks.items()
        ]
    }


def covers(table: Table, version: str, deviation: str) -> bool:
    """Tell whether a table knows a release for a deviation of a chat's answer."""
    release = releases.find(f"llama-stack {version}")
    return release.within(table[SECTION].get(deviation, "<0"))


def test_the_table_is_as_it_would_be_written() -> None:
    """A matrix of no release changes nothing."""
    assert known.TABLE.read_text(encoding="utf-8") == known_deviations.written(
        known_deviations.table({"runs": []}, known.table())
    )


def test_a_release_is_known_for_what_was_seen_there() -> None:
    """What one release shows and the next does not is known of the first alone."""
    seen = matrix(v0_5_0=row(), v0_5_1=row(NEW), v0_5_2=row())

    table = known_deviations.table(seen, known.table())

    assert [covers(table, each, NEW) for each in ("0.5.0", "0.5.1", "0.5.2")] == [
        False,
        True,
        False,
    ]


def test_what_other_releases_are_known_for_stays() -> None:
    """A release that no longer deviates loses its own row, and no other release does."""
    before = known.table()[SECTION]
    assert releases.find("llama-stack 0.5.1").within(before[ADDED])

    table = known_deviations.table(matrix(v0_5_1=row()), known.table())

    assert [covers(table, each, ADDED) for each in ("0.5.0", "0.5.1", "0.5.2")] == [
        True,
        False,
        True,
    ]


def beside(version: str, *deviations: str, openai: str = "3.57.0") -> dict[str, Any]:
    """Return a matrix of one release of llama-stack with another openai package."""
    seen = matrix(**{f"v{version.replace('.', '_')}": row(*deviations)})
    seen["runs"][0]["report"]["environment"] = {"packages": {"openai": openai}}
    return {**seen, "resolve": "pinned"}


def known_with(table: Table, version: str, openai: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether a table knows a release for the new deviation beside an openai package."""
    monkeypatch.setattr(known, "table", lambda: table)
    release = releases.find(f"llama-stack {version}")
    return known.covers(release, CHECK, SECTION, NEW, {"openai": openai})


def test_what_a_newer_package_adds_is_known_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known of the release that showed it, with that package or a newer one, not without."""
    table = beside_packages.added(beside("0.5.1", ADDED, NEW, WORSE), RELEASED)

    assert {NEW: ">=0.5.1,<0.5.2"} == table[f"{SECTION} with openai>=3.57"]
    assert known_with(table, "0.5.1", "3.57.0", monkeypatch)
    assert known_with(table, "0.5.1", "3.60.0", monkeypatch)
    assert not known_with(table, "0.5.1", "3.56.0", monkeypatch)
    assert not known_with(table, "0.5.2", "3.57.0", monkeypatch)
    assert not known.covers(releases.reference(), CHECK, SECTION, NEW)


def test_another_release_joins_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run adds its release to a section; what is known already is not written twice."""
    first = beside_packages.added(beside("0.5.1", NEW), RELEASED)
    monkeypatch.setattr(known, "table", lambda: first)
    second = beside_packages.added(beside("0.5.2", NEW), first)
    monkeypatch.setattr(known, "table", lambda: second)

    assert {NEW: ">=0.5.1,<0.5.3"} == second[f"{SECTION} with openai>=3.57"]
    assert second == beside_packages.added(beside("0.5.1", NEW, openai="3.58.0"), second)


def test_a_run_as_released_leaves_what_packages_add() -> None:
    """Sections with a package stay as they are when releases are measured as they were released."""
    table = beside_packages.added(beside("0.5.1", NEW), RELEASED)

    assert table == known_deviations.table({"runs": []}, table)
    assert f"{SECTION} with openai>=3.57" in known_deviations.table(matrix(v0_5_1=row()), table)


def test_what_could_not_be_asked_is_not_counted() -> None:
    """A check that ended in an error says nothing about its release."""
    failed = matrix(v0_5_1=row(NEW, verdict="error"))

    assert known.table() == known_deviations.table(failed, known.table())


@pytest.mark.parametrize(("deviation", "verdict"), [(NEW, "drift"), (ADDED, "as-expected")])
def test_a_row_is_judged_by_the_table_of_now(deviation: str, verdict: str) -> None:
    """An answer off contract stays a drift until its release is known for that."""
    release = releases.find("llama-stack 0.5.1")
    name = deviation.partition(" ")[0]
    drifted = row(deviation, observed=name, verdict=Verdict.DRIFT) | {"off_contract": True}

    judged = rejudging.judged({"checks": [drifted]}, release)["checks"][0]

    assert verdict == judged["verdict"]
    assert "kept" == off_contract.own_outcome(drifted)

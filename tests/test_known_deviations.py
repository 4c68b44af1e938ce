"""What answers deviate in is known by release, and a run of all checks writes it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from conformance.contract import known
from conformance.core import releases
from conformance.core.model import Verdict
from conformance.releases import known_deviations, off_contract, rejudging

CHECK = "answer-contract/plain-openai"
SECTION = "chat"
ADDED = "added-null $.choices[#].logprobs"
NEW = "added $.mood"


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


def covers(table: str, version: str, deviation: str) -> bool:
    """Tell whether a written table knows a release for a deviation of a chat's answer."""
    release = releases.find(f"llama-stack {version}")
    found = tomllib.loads(table)[SECTION].get(deviation, "<0")
    return release.within(found)


def test_the_table_is_as_it_would_be_written() -> None:
    """A matrix of no release changes nothing."""
    assert known.TABLE.read_text(encoding="utf-8") == known_deviations.text(
        {"runs": []}, known.table()
    )


def test_a_release_is_known_for_what_was_seen_there() -> None:
    """What one release shows and the next does not is known of the first alone."""
    seen = matrix(v0_5_0=row(), v0_5_1=row(NEW), v0_5_2=row())

    table = known_deviations.text(seen, known.table())

    assert [covers(table, each, NEW) for each in ("0.5.0", "0.5.1", "0.5.2")] == [
        False,
        True,
        False,
    ]


def test_what_other_releases_are_known_for_stays() -> None:
    """A release that no longer deviates loses its own row, and no other release does."""
    before = known.table()[SECTION]
    assert releases.find("llama-stack 0.5.1").within(before[ADDED])

    table = known_deviations.text(matrix(v0_5_1=row()), known.table())

    assert [covers(table, each, ADDED) for each in ("0.5.0", "0.5.1", "0.5.2")] == [
        True,
        False,
        True,
    ]


def test_what_could_not_be_asked_is_not_counted() -> None:
    """A check that ended in an error says nothing about its release."""
    failed = matrix(v0_5_1=row(NEW, verdict="error"))

    assert known.TABLE.read_text(encoding="utf-8") == known_deviations.text(failed, known.table())


@pytest.mark.parametrize(("deviation", "verdict"), [(NEW, "drift"), (ADDED, "as-expected")])
def test_a_row_is_judged_by_the_table_of_now(deviation: str, verdict: str) -> None:
    """An answer off contract stays a drift until its release is known for that."""
    release = releases.find("llama-stack 0.5.1")
    name = deviation.partition(" ")[0]
    drifted = row(deviation, observed=name, verdict=Verdict.DRIFT) | {"off_contract": True}

    judged = rejudging.judged({"checks": [drifted]}, release)["checks"][0]

    assert verdict == judged["verdict"]
    assert "kept" == off_contract.own_outcome(drifted)

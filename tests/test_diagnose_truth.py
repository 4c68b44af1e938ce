"""The judge agrees, place by place, with what eight releases do with thirteen configs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.core.releases import Release
from conformance.judge import judging
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.keys import dotted

CONFIGS = Path(__file__).parent / "data" / "configs"
TRUTH = json.loads((CONFIGS / "truth.json").read_text(encoding="utf-8"))
CASES = [(file, name) for file, rows in TRUTH.items() for name in rows]
# The start that the truth was read from had these variables.
ENVIRON = {"CHAT_MODEL": "some-model"}
WHOLE = ""  # the place of what a validator of the whole config says, one thing at a time


def judged(file: str, name: str) -> tuple[list[Finding], dict[str, Any]]:
    """Return the findings of a config on a release, and the truth."""
    distribution, _, version = name.rpartition("-")
    config = yaml.safe_load((CONFIGS / file).read_text(encoding="utf-8"))
    return judging.findings(config, Release(distribution, version), ENVIRON), TRUTH[file][name]


def places(found: list[Finding]) -> set[str]:
    """Return every place that findings are about."""
    return {dotted(place) for one in found for place in (one.path, *one.also)}


def stopping(found: list[Finding]) -> list[Finding]:
    """Return the findings that stop a start."""
    return [one for one in found if one.stops is not None]


@pytest.mark.parametrize(("file", "name"), CASES)
def test_every_fault_that_stops_a_start_is_found(file: str, name: str) -> None:
    """No fault of the truth is missed."""
    found, truth = judged(file, name)
    told = places([one for one in found if one.stops is not None or one.id == "sql-directory"])
    for fault in truth["faults"]:
        named = fault["path"] in told
        anywhere = fault["path"] == WHOLE and told
        assert named or anywhere, fault


@pytest.mark.parametrize(("file", "name"), CASES)
def test_nothing_else_is_said_to_stop_a_start(file: str, name: str) -> None:
    """What is refused is a fault of the truth, or hidden by one that stops the start before it."""
    found, truth = judged(file, name)
    faults = {fault["path"] for fault in truth["faults"]}
    hiding = {fault["path"].split(".config")[0] for fault in truth["faults"]}
    if WHOLE in faults or any(fault["kind"] == "config" for fault in truth["faults"]):
        return
    for one in stopping(found):
        told = places([one])
        hidden = {place.split(".config")[0] for place in told} & hiding
        assert told & faults or hidden, one


@pytest.mark.parametrize(("file", "name"), CASES)
def test_ignored_keys_are_those_of_the_truth(file: str, name: str) -> None:
    """Every key that is dropped is found, and no other."""
    found, truth = judged(file, name)
    ignored = [one for one in found if one.effect is Effect.IGNORED and one.level is not Level.NOTE]
    gone = places([one for one in found if one.id == "unknown-api"])
    assert places(ignored) <= set(truth["dropped"])
    assert set(truth["dropped"]) <= places(ignored) | gone


@pytest.mark.parametrize(("file", "name"), CASES)
def test_whether_it_starts(file: str, name: str) -> None:
    """A config starts if nothing is found that stops it; what depends on variables is left open."""
    found, truth = judged(file, name)
    if truth["boots"] != "unsure":
        assert (truth["boots"] == "no") == bool(stopping(found))


@pytest.mark.parametrize(("file", "name"), CASES)
def test_certificates_are_one_finding(file: str, name: str) -> None:
    """Where the server's command wants certificates, that is said once, and nowhere else."""
    found, truth = judged(file, name)
    demanded = [one for one in found if one.id == "tls-demanded"]
    assert len(demanded) == bool(truth.get("tls_refused"))


def test_a_variable_inside_an_ignored_section_stops_the_start() -> None:
    """An ignored `models` with an unset variable is refused for the variable."""
    file = "f13-conversations-provider.yaml"
    config = yaml.safe_load((CONFIGS / file).read_text(encoding="utf-8"))
    for name, truth in TRUTH[file].items():
        distribution, _, version = name.rpartition("-")
        found = judging.findings(config, Release(distribution, version), {})
        unset = [one for one in found if one.id == "unset-variable"]
        assert [one.what.split("`")[1] for one in unset] == truth["env_needed"]
        assert found[0] in unset


def test_findings_are_in_the_order_of_a_start() -> None:
    """What stops a start first is said first, and what does not stop it last."""
    for file, name in CASES:
        orders = [one.stops for one in judged(file, name)[0]]
        stops = [order for order in orders if order is not None]
        assert orders == [*sorted(stops), *([None] * (len(orders) - len(stops)))]

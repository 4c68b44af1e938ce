"""A vendor's list of models stands once in the cassettes, whichever scenarios ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from conformance.cassettes import recordings
from conformance.cassettes.replay import play
from conformance.vendors import UPSTREAMS
from tests.support.recorded import ask, contents, library, save

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.cassettes.result import Result
    from conformance.vendors.stand_ins import StandIns

LISTS = "discovery", "catalogue-with-key"
WRONG = "sk-proj-made-up-0123456789abcdef"


def models(stand_ins: StandIns | None = None, key: str = "") -> int:
    """List OpenAI's models, or those of its stand-in; return the status."""
    vendor = UPSTREAMS["openai"]
    base = stand_ins.url("openai") if stand_ins else vendor.origin + vendor.root
    headers = {"authorization": f"Bearer {key or vendor.stand_in_key}"}
    with httpx.Client(trust_env=False) as client:
        return client.get(f"{base}/models", headers=headers).status_code


def record_lists(root: Path, stand_ins: StandIns, mode: str = "rewrite") -> Result:
    """Record a list in two scenarios, and a chat beside one of them."""
    opened = library(root, mode, stand_ins)
    for scenario in LISTS:
        with play(opened, scenario):
            models(stand_ins)
    with play(opened, LISTS[0]):
        ask("openai", stand_ins)
    return save(opened)


def test_two_scenarios_share_a_list(tmp_path: Path, stand_ins: StandIns) -> None:
    """The vendor is asked once; each recording says that it lists, and plays the one list."""
    record_lists(tmp_path, stand_ins)

    asked = [each for each in stand_ins.requests if each.path.endswith("/models")]
    read = {name: recordings.read(tmp_path / f"openai/{name}.yaml") for name in LISTS}
    assert [1, 0] == [len(each.interactions) for each in read.values()]
    assert all(each.lists_models for each in read.values())
    assert 1 == len(asked)
    replayed = library(tmp_path, "none")
    for scenario in LISTS:
        with play(replayed, scenario) as tape:
            assert 200 == models()
            assert ["openai/model-list#0"] == tape.played


def test_a_scenario_that_did_not_ask_gets_no_list(tmp_path: Path, stand_ins: StandIns) -> None:
    """What was never asked in a scenario is not answered there, with the right key either."""
    record_lists(tmp_path, stand_ins)

    with (
        play(library(tmp_path, "none"), "chat"),
        pytest.raises(CannotOverwriteExistingCassetteException, match="nothing similar"),
    ):
        models()


def test_a_refused_list_stays_where_it_was_refused(tmp_path: Path, stand_ins: StandIns) -> None:
    """A made-up key is refused in its own scenario, and lists in none."""
    opened = library(tmp_path, "rewrite", stand_ins)
    with play(opened, "wrong-key"):
        assert 401 == models(stand_ins, WRONG)
    save(opened)

    assert ["openai/wrong-key.yaml"] == list(contents(tmp_path))
    with play(library(tmp_path, "none"), "wrong-key"):
        assert 401 == models(key=WRONG)


def test_a_second_recording_changes_one_file(tmp_path: Path, stand_ins: StandIns) -> None:
    """Lists that did not change are left; a scenario keeps asking, whatever else it records."""
    record_lists(tmp_path, stand_ins)
    before = contents(tmp_path)

    result = record_lists(tmp_path, stand_ins)

    assert not result.updated
    assert before == contents(tmp_path)


def test_what_a_scenario_lists_later_is_added(tmp_path: Path, stand_ins: StandIns) -> None:
    """`new_episodes` adds the list to a scenario that had none, and keeps its other answers."""
    opened = library(tmp_path, "rewrite", stand_ins)
    with play(opened, "discovery"):
        ask("openai", stand_ins)
    save(opened)

    later = library(tmp_path, "new_episodes", stand_ins)
    with play(later, "discovery"):
        models(stand_ins)
    save(later)

    recording = recordings.read(tmp_path / "openai/discovery.yaml")
    assert recording.lists_models
    assert 1 == len(recording.interactions)


def test_a_list_that_no_scenario_asks_for_is_removed(tmp_path: Path, stand_ins: StandIns) -> None:
    """A vendor that no longer lists for its own key leaves no old list behind."""
    record_lists(tmp_path, stand_ins)
    opened = library(tmp_path, "rewrite", stand_ins)
    for scenario in LISTS:
        with play(opened, scenario):
            assert 401 == models(stand_ins, WRONG)

    result = save(opened)

    assert "model-list" in result.of("openai").removed
    assert not (tmp_path / "openai/model-list.yaml").exists()

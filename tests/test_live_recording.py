"""A recording with real keys ends well, whatever the vendors are like on that day."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.cassettes import recordings
from tests import pretend_vendors
from tests.harness import ROOT
from tests.pretend_vendors import KEYS, PLANTED, World, pretending, set_keys
from tests.recorded import contents
from tests.recording_runs import run

if TYPE_CHECKING:
    from pathlib import Path

RECORD = ("-m", "conformance and scenario", "--record-mode=rewrite")
REPLAY = ("-m", "conformance and scenario")
WORLDS = {
    "all answer": (World(), tuple(KEYS)),
    "paths are refused": (
        World(gemini_has_doubled_path=False, anthropic_lists_for_bearers=False),
        tuple(KEYS),
    ),
    "openai alone": (World(), ("openai",)),
    "gemini alone, path refused": (World(gemini_has_doubled_path=False), ("gemini",)),
}


def cassettes(target: Path) -> Path:
    """Copy the suite's cassettes."""
    shutil.copytree(ROOT / "cassettes", target)
    return target


def leaked(root: Path, output: str) -> dict[str, list[str]]:
    """Return what of a key or of the planted ids is left, by file."""
    secrets = {**PLANTED, **{name: key[-8:] for name, key in KEYS.items()}}
    texts = {name: content.decode("utf-8", "replace") for name, content in contents(root).items()}
    texts = {n: t for n, t in texts.items() if n != ".env"} | {"output": output}
    found = {n: [w for w, s in secrets.items() if s in text] for n, text in texts.items()}
    return {name: words for name, words in found.items() if words}


@pytest.mark.parametrize(("world", "vendors"), WORLDS.values(), ids=WORLDS)
def test_record_then_replay(
    world: World, vendors: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was to be recorded is live, no key goes astray, nothing leaks, and replay is green."""
    old = cassettes(tmp_path / "cassettes")
    keys = {name: KEYS[name] for name in vendors}
    reports = (f"--junit-xml={tmp_path}/x.xml", f"--conformance-json={tmp_path}/x.json")
    with pretending(world, monkeypatch, tmp_path) as servers:
        set_keys(tmp_path, keys)
        status, output = run(old, *RECORD, *reports, file=PACKAGE)
        requests = list(servers.requests)

    again, replayed = run(old, *REPLAY, file=PACKAGE)

    assert status == 0, output
    assert [] == pretend_vendors.astray(servers, KEYS)
    assert {request.upstream for request in requests} >= set(vendors)
    assert {} == leaked(tmp_path, output + replayed)
    assert {name: "live" if name in vendors else "stand-in" for name in KEYS} == {
        name: " and ".join(
            {recordings.read(file).provenance for file in (old / name).glob("*.yaml")}
        )
        for name in KEYS
    }
    assert again == 0, replayed

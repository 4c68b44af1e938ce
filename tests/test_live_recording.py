"""A recording with real keys ends well, whatever the vendors are like on that day."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.cassettes import recordings
from tests.support import pretend_vendors
from tests.support.harness import ROOT
from tests.support.pretend_vendors import KEYS, PLANTED, World, pretending, set_keys
from tests.support.recorded import contents
from tests.support.recording_runs import run
from tests.test_secrets import DISGUISES, said

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.vendors.dialect import Answer, Request

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


CHATS = PACKAGE / "promises" / "chat" / "test_chat.py"
LOUD = ("-vv", "-rA", "--showlocals", "--log-level=DEBUG", "-o", "log_cli=true")


def in_pieces(answer: Answer, text: str, size: int) -> Answer:
    """Return a stream that says a text in frames of so many characters."""
    pieces = [text[n : n + size] for n in range(0, len(text), size)]
    frames: list[dict[str, object]] = [
        {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
        for piece in pieces
    ]
    frames.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    chunks = [
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [each],
        }
        for each in frames
    ]
    return replace(answer, payload=chunks, streamed=True)


@pytest.mark.parametrize("size", [1, 5, 16])
def test_no_secret_is_in_anything_that_is_left(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in every disguise, or cut over a stream, and all ids are in no artefact of a run."""
    old = cassettes(tmp_path / "cassettes")
    key = KEYS["openai"]
    plain = pretend_vendors.chat(" ".join(each(key) for each in DISGUISES.values()) + " Hello.")
    whole = f"You sent {key}, {pretend_vendors.told()}"

    def says(request: Request) -> Answer:
        return in_pieces(plain, whole, size) if request.json.get("stream") else plain

    world = World(says={"openai": pretend_vendors.after(1, says)})
    reports = (f"--junit-xml={tmp_path}/x.xml", f"--conformance-json={tmp_path}/x.json")
    log = ("--log-file=x.log", "--log-file-level=DEBUG", "-o", "junit_logging=all")
    with pretending(world, monkeypatch, tmp_path) as servers:
        set_keys(tmp_path, {"openai": key})
        _status, output = run(old, "--record-mode=all", *LOUD, *reports, *log, file=CHATS)

    left = {n: c.decode("utf-8", "replace") for n, c in contents(tmp_path).items() if n != ".env"}
    left["terminal"] = output
    assert len(servers.requests) > 1
    assert {"x.xml", "x.json", "x.log", "cassettes/openai/chat.yaml"} <= left.keys()
    assert [] == [name for name, text in left.items() if key.casefold() in said(text)]
    assert [] == [
        name
        for name, text in left.items()
        if any(key in "".join(pieces) for pieces in spoken(text).values())
    ]
    assert {} == leaked(tmp_path, output)


def spoken(text: str) -> dict[str, list[str]]:
    """Return what the fields of each name say in a text, written apart from the code under test."""
    found: dict[str, list[str]] = {}
    for name, piece in re.findall(r'\\*"(\w+)\\*":\s*\\*"([^"\\]*)', text):
        found.setdefault(name, []).append(piece)
    return found


def test_a_key_that_is_revoked_in_the_middle_is_no_fact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal on a path that is in question counts only if the key still works afterwards."""
    old = cassettes(tmp_path / "cassettes")
    before = contents(old)
    gone = pretend_vendors.error(401, "invalid x-api-key", "authentication_error")
    world = World(says={"anthropic": pretend_vendors.after(1, lambda _request: gone)})
    file = PACKAGE / "gotchas" / "stale_discovery" / "test_stale_discovery.py"
    with pretending(world, monkeypatch, tmp_path):
        set_keys(tmp_path, {"anthropic": KEYS["anthropic"]})
        status, output = run(old, "--record-mode=all", "--conformance-check=*no-longer*", file=file)

    assert status == 1
    assert "left       discovery-changed: got 401" in output
    assert before == contents(old)


def test_one_vendor_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one vendor refuses is left, what the others answered is written, and both are told."""
    old = cassettes(tmp_path / "cassettes")
    before = contents(old)
    slow = pretend_vendors.error(429, "Slow down", "rate_limit_error")
    world = World(says={"anthropic": pretend_vendors.after(1, lambda _request: slow)})
    with pretending(world, monkeypatch, tmp_path) as servers:
        set_keys(tmp_path, KEYS)
        status, output = run(old, "--record-mode=all", file=CHATS)

    asked = [request.upstream for request in servers.requests].count("anthropic")
    changed = {name for name, content in contents(old).items() if content != before[name]}
    assert status == 1
    assert changed == {"openai/chat.yaml", "gemini/chat.yaml"}
    assert re.search(r"anthropic:\n  left       chat: got 429 \(rate_limit_error\)", output)
    assert asked <= 3
    assert recordings.read(old / "openai/chat.yaml").provenance in {"live", "stand-in"}

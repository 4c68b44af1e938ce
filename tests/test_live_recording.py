"""A recording with real keys ends well, whatever the vendors are like on that day."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance import PACKAGE
from conformance.cassettes import recordings
from conformance.run import catalogue
from conformance.vendors.dialect import Answer
from conformance.vendors.faults import Fault
from tests.support import pretend_vendors
from tests.support.harness import ROOT
from tests.support.pretend_proxy import proxying
from tests.support.pretend_vendors import KEYS, OTHER_WORDS, PLANTED, World, pretending, set_keys
from tests.support.recorded import contents
from tests.support.recording_runs import FILE, run
from tests.test_secrets import DISGUISES, said

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.vendors.dialect import Request
    from conformance.vendors.stand_ins import StandIns

pytestmark = pytest.mark.integration  # runs that record

RECORD = ("-m", "conformance and scenario", "--record-mode=rewrite")
REPLAY = ("-m", "conformance and scenario")
# Scenarios that every vendor has: a key for one of them leaves the others as they are.
SHARED = "catalogue-with-key", "chat", "unknown-model", "wrong-key"
WORLDS = {
    "all answer": (World(), tuple(KEYS), ("*",)),
    "paths are refused": (
        World(gemini_has_doubled_path=False, anthropic_lists_for_bearers=False),
        tuple(KEYS),
        ("*",),
    ),
    "openai alone": (World(), ("openai",), SHARED),
    "gemini alone, path refused": (World(gemini_has_doubled_path=False), ("gemini",), SHARED),
}


def cassettes(target: Path, scenario: str = "*") -> Path:
    """Copy the suite's cassettes: all, or those of one scenario."""
    for file in (ROOT / "cassettes").glob(f"*/{scenario}.yaml"):
        (target / file.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target / file.parent.name)
    return target


def leaked(root: Path, output: str) -> dict[str, list[str]]:
    """Return what of a key or of the planted ids is left, by file."""
    secrets = {**PLANTED, **{name: key[-8:] for name, key in KEYS.items()}}
    texts = {name: content.decode("utf-8", "replace") for name, content in contents(root).items()}
    texts = {n: t for n, t in texts.items() if n != ".env"} | {"output": output}
    found = {n: [w for w, s in secrets.items() if s in text] for n, text in texts.items()}
    return {name: words for name, words in found.items() if words}


@pytest.mark.thorough
@pytest.mark.parametrize(("world", "vendors", "scenarios"), WORLDS.values(), ids=WORLDS)
def test_record_then_replay(
    world: World,
    vendors: tuple[str, ...],
    scenarios: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was to be recorded is live, no key goes astray, nothing leaks, and replay is green."""
    old = cassettes(tmp_path / "cassettes")
    chosen = [
        f"--conformance-check={check.id}"
        for check in catalogue.declared()
        if check.scenario and "*" not in scenarios and check.scenario in scenarios
    ]
    keys = {name: KEYS[name] for name in vendors}
    reports = (f"--junit-xml={tmp_path}/x.xml", f"--conformance-json={tmp_path}/x.json")
    with pretending(world, monkeypatch, tmp_path) as servers:
        set_keys(tmp_path, keys)
        status, output = run(old, *RECORD, *chosen, *reports, file=PACKAGE)
        requests = list(servers.requests)

    again, replayed = run(old, *REPLAY, *chosen, file=PACKAGE)

    assert status == 0, output
    assert [] == pretend_vendors.astray(servers, KEYS)
    assert {request.upstream for request in requests} >= set(vendors)
    assert {} == leaked(tmp_path, output + replayed)
    assert {name: "live" if name in vendors else "stand-in" for name in KEYS} == {
        name: " and ".join(
            {
                recordings.read(file).provenance
                for scenario in scenarios
                for file in (old / name).glob(f"{scenario}.yaml")
            }
        )
        for name in KEYS
    }
    assert again == 0, replayed


CHATS = PACKAGE / "promises" / "chat" / "test_chat.py"
# What a model may be made to say, piece by piece.
SPOKEN = ("base64", "base64, behind one", "base64 of Bearer", "hexadecimal", "URL")
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


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.thorough), 5, 16])
def test_no_secret_is_in_anything_that_is_left(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in every disguise, or cut over a stream, and all ids are in no artefact of a run."""
    old = cassettes(tmp_path / "cassettes", "chat")
    key = KEYS["openai"]
    plain = pretend_vendors.chat(" ".join(each(key) for each in DISGUISES.values()) + " Hello.")
    disguised = " ".join(DISGUISES[name](key) for name in SPOKEN)
    whole = f"You sent {key}, {disguised}, {pretend_vendors.told()}"

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
        if any(key.casefold() in said("".join(pieces)) for pieces in spoken(text).values())
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
    says = {"anthropic": pretend_vendors.after(1, lambda _request: slow)}
    world = World(words=OTHER_WORDS, says=says)
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


STALL_S = 12.0
FAULTS: dict[str, Answer | Fault | float] = {
    "rate limit": pretend_vendors.error(429, "Slow down", "rate_limit_error"),
    "server error": pretend_vendors.error(500, "Sorry"),
    "key revoked": pretend_vendors.error(401, "No such key", "invalid_api_key"),
    "retired model": pretend_vendors.error(404, "The model is gone", "model_not_found"),
    "stall": STALL_S,
    "cut answer": Fault(drop_after=1),
    "broken off": Fault(drop_after=0),
}
IN_MAKE_TEST = {"rate limit", "cut answer"}
BEFORE, HIT = "model-ids", "unlisted-models"  # in the order in which they are asked


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=name, marks=[] if name in IN_MAKE_TEST else pytest.mark.thorough)
        for name, fault in FAULTS.items()
    ],
)
def test_a_fault_in_the_middle_leaves_what_it_touches_alone(
    fault: Answer | Fault | float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario before the fault is written, that of the fault is left; both are replayed."""
    old = cassettes(tmp_path / "cassettes")
    before = contents(old)
    chosen = [f"--conformance-check={slug}/*" for slug in (BEFORE, HIT)]
    monkeypatch.setattr("conformance.run.limits.LIMIT_S", STALL_S / 2)
    world = World(words=OTHER_WORDS)
    with pretending(world, monkeypatch, tmp_path) as servers:
        world.says["openai"] = from_the_first_unknown_model(fault, servers)
        set_keys(tmp_path, {"openai": KEYS["openai"]})
        status, output = run(old, "--record-mode=rewrite", *chosen, file=PACKAGE)

    again, replayed = run(old, *chosen, file=PACKAGE)
    changed = {name for name, content in contents(old).items() if content != before[name]}
    assert status == 1
    assert changed == {f"openai/{BEFORE}.yaml"}
    assert re.search(rf"left +{HIT}: ", output)
    assert recordings.read(old / f"openai/{BEFORE}.yaml").provenance == "live"
    assert {} == leaked(tmp_path, output)
    assert again == 0, replayed


def from_the_first_unknown_model(
    fault: Answer | Fault | float, servers: StandIns
) -> pretend_vendors.Saying:
    """Let a vendor go wrong from the first request on that only the second scenario sends."""
    begun = False

    def says(request: Request) -> Answer | None:
        nonlocal begun
        begun = begun or request.model == "no-such-model"
        if begun and isinstance(fault, Fault):
            servers.inject("openai", fault, times=None)
        elif begun and isinstance(fault, float):
            time.sleep(fault)
        return fault if begun and isinstance(fault, Answer) else None

    return says


PASSWORD = "word-of-the-proxy"


@pytest.mark.parametrize("refusing", [False, True], ids=["tunnel", "refusing"])
def test_a_companys_proxy_is_used(
    refusing: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While recording, vendors are reached through the proxy alone, whose password is not shown."""
    old = cassettes(tmp_path / "cassettes")
    before = contents(old)
    with (
        pretending(World(), monkeypatch, tmp_path, direct=False) as servers,
        proxying(servers, refusing=refusing) as proxy,
    ):
        address = f"http://recorder:{PASSWORD}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        set_keys(tmp_path, {"openai": KEYS["openai"]})
        status, output = run(old, "--record-mode=rewrite", *LOUD, file=FILE)

    assert {"api.openai.com:443"} == set(proxy.asked)
    assert PASSWORD not in output + "".join(map(str, contents(tmp_path).values()))
    if refusing:
        assert status == pytest.ExitCode.USAGE_ERROR
        assert "openai: the proxy does not let it through" in " ".join(output.split())
        assert before == contents(old)
    else:
        assert status == 0, output
        assert recordings.read(old / "openai/unlisted-models.yaml").provenance == "live"


# The suite's own tests that run checks on the recordings it ships. Those of mutations take minutes;
# they record from the stand-ins first wherever a shipped answer is live.
READERS = ("header_variants", "cassette_inventory", "runs_and_messages")
QUIET = ("-q", "-p", "no:cacheprovider", "-m", "not thorough and not process")


@pytest.mark.thorough
def test_the_suites_own_tests_hold_on_a_live_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout with the new recordings, `make test` is as green as with the old ones."""
    checkout = tmp_path / "checkout"
    parts = shutil.ignore_patterns(".*")
    shutil.copytree(ROOT, checkout, ignore=parts)
    with pretending(World(), monkeypatch, tmp_path):
        set_keys(tmp_path, KEYS)
        status, output = run(checkout / "cassettes", *RECORD, file=PACKAGE)
    assert status == 0, output

    tests = [f"tests/test_{name}.py" for name in READERS]
    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", *QUIET, *tests],
        cwd=checkout,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert 0 == done.returncode, done.stdout[-4000:]

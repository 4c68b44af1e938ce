"""A recording run replaces what it recorded whole, tells what it left, and tells no key."""

from __future__ import annotations

import base64
import errno
import os
import re
import socket
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance import PACKAGE
from conformance.cassettes import keys, recordings
from conformance.commands.main import main
from conformance.core import releases
from conformance.run import catalogue
from conformance.stack import sandbox
from conformance.vendors import UPSTREAMS
from conformance.vendors.faults import Fault
from tests.support import recording_runs
from tests.support.recorded import contents
from tests.support.recording_runs import CASSETTE, FILE, KEY, SCENARIO, recorded, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns

REWRITE = "--record-mode=rewrite"
STAND_IN = ("--record-mode=rewrite", "--conformance-upstream=stand-in")
QUICKLY = {"retry-after-ms": "1"}  # what the SDK waits before it tries again


@pytest.fixture(autouse=True, scope="module")
def _collected_once() -> Iterator[None]:
    """Collect the checks once for all runs of this process; they do not change meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "checks", cache(catalogue.checks))
        yield


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A directory of cassettes whose answers are not today's."""
    return recording_runs.old_cassettes(tmp_path / "cassettes")


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIns]:
    """Vendors that are really stand-ins; no key is set."""
    with recording_runs.vendors(monkeypatch, tmp_path) as stand_ins:
        yield stand_ins


LIVE = (REWRITE, "--stack-config=run.yaml")


def test_recording_from_stand_ins_is_reproducible(old: Path) -> None:
    """The second recording leaves every byte as the first one wrote it."""
    first_status, first = run(old, *STAND_IN)
    after_first = contents(old)
    second_status, second = run(old, *STAND_IN)

    assert (first_status, second_status) == (0, 0), first + second
    assert "stand-in." in after_first[CASSETTE].decode()
    assert after_first == contents(old)
    assert "updated: openai/unlisted-models" in first
    assert recorded(second) == ["openai:", "unchanged  unlisted-models", "updated: no cassette"]


def test_a_live_recording(old: Path, vendors: StandIns, tmp_path: Path) -> None:
    """Live answers replace the old ones and say so; a vendor without a key is named."""
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\n")

    status, output = run(old, *LIVE)

    recording = recordings.read(old / CASSETTE)
    sent = {request.headers["authorization"] for request in vendors.requests}
    assert status == 0, output
    assert sent == {f"Bearer {KEY}"}
    assert recording.provenance == "live"
    assert set(recording.metadata) == {"provenance", "recorded", "release", "sdk"}
    assert "skipped    gemini: GEMINI_API_KEY is not set; replayed instead" in output
    assert "recording: openai" in output
    assert "unused:" not in output  # which is known only once all is written
    assert output.rstrip().splitlines()[-1].startswith("=")


def test_the_key_is_nowhere(
    old: Path, vendors: StandIns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key is in what is stored, printed, logged or reported, however much is asked for."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    vendors.inject("openai", Fault(changes={"choices.*.message.content": f"You sent {KEY}!"}))
    verbose = ("-vv", "-rA", "--showlocals", "--log-level=DEBUG", "-o", "log_cli=true")
    reports = (f"--junit-xml={tmp_path}/x.xml", f"--conformance-json={tmp_path}/x.json")

    log = ("--log-file=x.log", "--log-file-level=DEBUG", "-o", "junit_logging=all")
    _status, output = run(old, *LIVE, *verbose, *reports, *log)

    left = contents(tmp_path)
    assert {"x.xml", "x.json", "x.log"} <= left.keys()
    assert [name for name, content in left.items() if KEY[-16:].encode() in content] == []
    assert KEY[-16:] not in output
    assert "You sent [key]" in left[f"cassettes/{CASSETTE}"].decode()


@pytest.mark.parametrize(
    ("upstream", "names"),
    [(None, "OPENAI_API_KEY, GEMINI_API_KEY, ANTHROPIC_API_KEY"), ("gemini", "GEMINI_API_KEY")],
)
def test_no_key_is_one_error(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch, upstream: str | None, names: str
) -> None:
    """Without a key for what is to be recorded the run ends at once, and nothing changes."""
    before = contents(old)
    if upstream:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)

    status, output = run(old, *LIVE, *([f"--conformance-upstream={upstream}"] if upstream else []))

    assert status == pytest.ExitCode.USAGE_ERROR
    assert f"no key to record with: set {names} in .env or the environment" in output
    assert before == contents(old)
    assert vendors.requests == []


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("-n2", "records in one process; leave out -n"),
        ("-s", "what the stack prints must be captured"),
        ("--full-trace", "leave out --full-trace"),
        ("--pdb", "leave out --pdb"),
    ],
)
@pytest.mark.usefixtures("vendors")
def test_options_that_recording_refuses(
    old: Path, monkeypatch: pytest.MonkeyPatch, option: str, said: str
) -> None:
    """What would record in several processes, or print what nothing looks through, is refused."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    before = contents(old)

    status, output = run(old, *LIVE, option)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert said in output
    assert before == contents(old)


FAILURES = {
    "rate limit": (Fault(error="rate-limit", headers=QUICKLY), "got 429"),
    "server error": (Fault(error="server-error", headers=QUICKLY), "got 500"),
    "broken off": (Fault(drop_after=1, headers=QUICKLY), "got no answer"),
    "key in base64": (
        Fault(changes={"id": base64.b64encode(b"sk-abcdefgh12345678").decode()}),
        "holds an escaped or encoded key",
    ),
}


@pytest.mark.parametrize(("fault", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failed_recording_changes_nothing(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch, fault: Fault, said: str
) -> None:
    """If one answer of a scenario fails, or holds a secret, its old cassettes stay as they are."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    vendors.inject("openai", fault, times=1 if fault.changes else 3)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == 1
    assert re.search(f"left +{SCENARIO}: .*{said}", output)
    assert "updated: no cassette" in output
    assert before == contents(old)


def test_a_refused_key_changes_nothing(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that the vendor refuses leaves every cassette, and is named by its vendor only."""
    wrong = "sk-proj-" + "wrongKey1" * 4
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == 1
    assert "got 401 with the key of openai" in output
    assert wrong[-8:] not in output
    assert before == contents(old)
    assert vendors.requests != []


def test_a_refused_connection_changes_nothing(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A vendor that cannot be reached leaves every cassette as it is."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    config = (tmp_path / "run.yaml").read_text()
    (tmp_path / "run.yaml").write_text(config.replace(vendors.base["openai"], nobody))
    monkeypatch.setitem(UPSTREAMS, "openai", replace(UPSTREAMS["openai"], origin=nobody))
    before = contents(old)

    status, output = run(old, *LIVE, "--conformance-check=unlisted-models/call-same-vendor")

    assert status == 1
    assert "got no answer" in output
    assert before == contents(old)


@pytest.mark.parametrize("call", ["os.fsync", "Path.replace"])
def test_a_full_disk_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """If the disk has no room for the new cassettes, the old ones stay, and the run says so."""
    before = contents(old)

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"conformance.cassettes.recordings.{call}", full)
    status, output = run(old, *STAND_IN)

    assert status == 1
    assert "failed     No space left on device; all other cassettes are as before" in output
    assert "updated: no cassette" in output
    assert before == contents(old)


def test_what_was_updated_before_a_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If moving a cassette fails half-way, those moved are named, and all are whole."""
    files = [tmp_path / name / "chat.yaml" for name in ("gemini", "openai")]
    empty = {file: recordings.Recording({"provenance": "live"}, []) for file in files}
    moving = recordings.replace(tmp_path, empty)

    def broken(*_arguments: object) -> None:
        raise OSError(errno.EIO, "broken")

    first = next(moving)
    monkeypatch.setattr("conformance.cassettes.recordings.Path.replace", broken)
    with pytest.raises(OSError, match="broken"):
        next(moving)

    assert first == files[0]
    assert contents(tmp_path).keys() == {"gemini/chat.yaml"}


def test_a_partial_rewrite_leaves_what_others_need(old: Path) -> None:
    """`rewrite` of some checks of a scenario leaves its cassettes, and names the others."""
    before = contents(old)

    status, output = run(old, *STAND_IN, "--conformance-check=unlisted-models/call-same-vendor")

    assert status == 1
    assert re.search(f"left +{SCENARIO}: did not run, though they use it: unlisted-models/", output)
    assert "`--record-mode=new_episodes` only adds" in output
    assert before == contents(old)


def test_a_drift_is_recorded_and_told(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drift is told, and is no failure of the recording."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    checks = catalogue.checks(releases.installed())
    mine = next(check for check in checks if check.scenario == SCENARIO)
    other = next(name for name in mine.outcomes if name != mine.expected)
    table = expectation_of(mine.id, other)
    monkeypatch.setattr("conformance.core.expectations.expected", table)

    status, output = run(old, *LIVE)

    assert status == 0
    assert f"recorded despite drift: {mine.id}" in output
    assert "updated: openai/unlisted-models" in output
    assert vendors.requests != []


def expectation_of(check: str, outcome: str) -> object:
    """Return a look-up of expectations in which one check has another outcome."""
    from conformance.core import expectations  # noqa: PLC0415 - the one that is being replaced

    usual = expectations.expected

    def looked_up(asked: str, release: releases.Release) -> object:
        found = usual(asked, release)
        return replace(found, outcome=outcome) if asked == check and found else found

    return looked_up


def test_an_answer_nobody_asks_for_fails_a_complete_run(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complete run that leaves a recorded answer unused is red and names the answer."""
    monkeypatch.setattr("conformance.run.unused_answers.ROOMS", ())
    status, _output = run(old)
    file = old / CASSETTE
    recording = recordings.read(file)
    extra = {**recording.interactions[0]}
    extra["request"] = {**extra["request"], "uri": "https://api.openai.com/v1/unasked"}
    list(
        recordings.replace(
            old, {file: replace(recording, interactions=[*recording.interactions, extra])}
        )
    )

    other, output = run(old)

    assert (status, other) == (0, 1)
    assert "no check asks for POST https://api.openai.com/v1/unasked" in output
    assert "error: 1 unused" in output


def test_the_network_is_open_to_the_recorded_vendors_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run may reach the vendors it records, and none while it replays or asks stand-ins."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "AIza" + "x" * 12)
    env = tmp_path / ".env"

    assert keys.plan("rewrite", None, env).hosts == {"generativelanguage.googleapis.com"}
    assert keys.plan("rewrite", "stand-in", env).hosts == frozenset()
    assert keys.plan("none", None, env).hosts == frozenset()


def test_only_addresses_of_open_hosts_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the network open to a host, its addresses are reached once looked up; no others are."""
    where = {"vendor.test": "203.0.113.7", "other.test": "203.0.113.8"}  # RFC 5737: nobody's
    found = {name: [(2, 1, 6, "", (address, 443))] for name, address in where.items()}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, _port: found[host])

    def connects(address: str) -> bool:
        try:
            sandbox._audit("socket.connect", (None, (address, 443)))
        except sandbox.NetworkClosedError:
            return False
        return True

    with sandbox.closed_network(frozenset({"vendor.test"})):
        assert not connects("203.0.113.7")
        for name in where:
            socket.getaddrinfo(name, 443)
        assert connects("203.0.113.7")
        assert not connects("203.0.113.8")
    with sandbox.closed_network():
        assert not connects("203.0.113.7")


def test_the_command_runs_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """`record` turns into pytest, on all checks with a scenario unless some are named."""
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, arguments: seen.append(arguments[1:]))

    CliRunner().invoke(main, ["record", "--upstream", "gemini", "-k", "tests"])
    CliRunner().invoke(main, ["record", "--mode=new_episodes", f"{FILE}::test_call"])

    start = ["-m", "pytest", "-m", "conformance and scenario"]
    everything = [*start, REWRITE, "--conformance-upstream=gemini", str(PACKAGE), "-k", "tests"]
    assert seen == [everything, [*start, "--record-mode=new_episodes", f"{FILE}::test_call"]]


def test_the_file_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A key in `.env` is used before one of the environment; an empty line in it is none."""
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    monkeypatch.setenv("GEMINI_API_KEY", "from-environment")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    (tmp_path / ".env").write_text("OPENAI_API_KEY='from-$file'\nGEMINI_API_KEY=\n")

    found = keys.known(tmp_path / ".env")

    assert found == {"openai": "from-$file", "gemini": "from-environment"}
    (tmp_path / ".env").write_text("OPENAI_API_KEY=short\n")
    with pytest.raises(keys.KeysError, match="OPENAI_API_KEY is too short"):
        keys.known(tmp_path / ".env")


def test_no_key_is_left_in_the_environment() -> None:
    """Reading `.env` puts nothing into the environment, where the stack would see it."""
    assert not any(upstream.key_variable in os.environ for upstream in UPSTREAMS.values())
    assert FILE.exists()

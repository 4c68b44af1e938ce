"""A recording run replaces what it recorded whole, tells what it left, and tells no key."""

from __future__ import annotations

import base64
import errno
import os
import re
import shutil
import socket
import subprocess
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

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
from tests.support.harness import ROOT
from tests.support.pretend_vendors import World, after, chat, error, pretending
from tests.support.recorded import contents
from tests.support.recording_runs import CASSETTE, FILE, KEY, SCENARIO, recorded, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.vendors.dialect import Answer
    from conformance.vendors.stand_ins import StandIns

pytestmark = pytest.mark.integration  # runs that record

REWRITE = "--record-mode=rewrite"
OPENSSL = shutil.which("openssl") or ""
STAND_IN = ("--record-mode=rewrite", "--conformance-upstream=stand-in")


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
def world() -> World:
    """How the vendors are."""
    return World(planted=False)


@pytest.fixture
def vendors(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIns]:
    """Vendors that answer to their real names; no key is set."""
    with pretending(world, monkeypatch, tmp_path) as servers:
        yield servers


LIVE = (REWRITE,)


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


def test_every_scenario_is_recorded_from_the_stand_ins(tmp_path: Path) -> None:
    """Recording all from the stand-ins works without a key, and gives the suite's cassettes."""
    suites = contents(ROOT / "cassettes")
    target = tmp_path / "cassettes"
    shutil.copytree(ROOT / "cassettes", target)

    status, output = run(target, "-m", "conformance and scenario", *STAND_IN, file=PACKAGE)

    made = {recordings.read(file).provenance for file in target.glob("*/*.yaml")}
    assert status == 0, output
    assert made == {"stand-in"}
    if all(b"provenance: stand-in" in content for content in suites.values()):
        assert suites == contents(target)


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
    assert output.rstrip().splitlines()[-1] == "updated: openai/unlisted-models"


def test_the_key_is_nowhere(
    old: Path, vendors: StandIns, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key is in what is stored, printed, logged or reported, however much is asked for."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    world.says["openai"] = after(1, lambda _request: chat(f"You sent {KEY}!"))
    verbose = ("-vv", "-rA", "--showlocals", "--log-level=DEBUG", "-o", "log_cli=true")
    reports = (f"--junit-xml={tmp_path}/x.xml", f"--conformance-json={tmp_path}/x.json")

    log = ("--log-file=x.log", "--log-file-level=DEBUG", "-o", "junit_logging=all")
    _status, output = run(old, *LIVE, *verbose, *reports, *log)

    left = contents(tmp_path)
    assert {"x.xml", "x.json", "x.log"} <= left.keys()
    assert [name for name, content in left.items() if KEY[-16:].encode() in content] == []
    assert KEY[-16:] not in output
    assert vendors.requests != []
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
    "rate limit": (
        error(429, "Slow down", "rate_limit_exceeded"),
        r"got 429 \(rate_limit_exceeded",
    ),
    "server error": (error(500, "Sorry"), "got 500"),
    "no credit": (error(400, "Your credit balance is too low"), "the account has no credit"),
    "no access": (
        error(403, "Project does not have access to model gpt-4o"),
        "the account has no access",
    ),
    "location": (error(400, "User location is not supported"), "refuses this location"),
    "retired model": (
        error(404, "The model is gone", "model_not_found"),
        r"got 404 \(model_not_found\) where 200 was recorded; `--accept-changed` records it",
    ),
    "filter": (error(200, "Blocked by your administrator", page=True), "a page for people"),
    "log in": (error(302, "Found"), "a redirect"),
    "not decoded": (chat("\ufffd\ufffd"), "cannot be decoded"),
    "key revoked": (error(401, "No such key", "invalid_api_key"), "with the key of openai"),
    "key in base64": (
        chat(base64.b64encode(b"sk-abcdefgh12345678").decode()),
        "holds an escaped or encoded key",
    ),
}


@pytest.mark.parametrize(("answer", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failed_recording_changes_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    old: Path,
    vendors: StandIns,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    said: str,
) -> None:
    """Trouble in the middle leaves the old cassette, with the reason, and costs few requests."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    world.says["openai"] = after(1, lambda _request: answer)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == 1
    assert re.search(f"left +{SCENARIO}: .*{said}", output)
    assert "updated: no cassette" in output
    assert before == contents(old)
    assert len(vendors.requests) <= 5


FAULTS = {
    "broken off": Fault(drop_after=0),
    "cut stream": Fault(drop_after=1),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_answer_that_breaks_off_changes_nothing(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """A connection that is cut leaves the cassette and says why."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("conformance.run.report.recorder.probing.refusal", lambda *_arguments: "")
    vendors.inject("openai", fault, times=None)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == 1
    (left,) = [line for line in recorded(output) if line.startswith("left")]
    assert re.search("got no answer: the answer broke off", left)
    assert before == contents(old)
    assert len(vendors.requests) <= 3


def test_a_changed_answer_can_be_accepted(
    old: Path, vendors: StandIns, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--accept-changed` a refusal is recorded where there was an answer."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    gone = error(404, "The model is gone", "model_not_found")
    world.says["openai"] = after(1, lambda _request: gone)

    status, output = run(old, *LIVE, "--accept-changed")

    assert status == 0, output
    assert "updated: openai/unlisted-models" in output
    assert vendors.requests != []


def test_a_refused_key_ends_the_run(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that the vendor refuses costs one request, and is named by its vendor only."""
    wrong = "sk-proj-" + "wrongKey1" * 4
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert "no vendor can be recorded: openai: got 401 (invalid_api_key)" in output
    assert wrong[-4:] not in output
    assert before == contents(old)
    assert len(vendors.requests) == 1


def refused(*_arguments: object, **_more: object) -> None:
    """Refuse a connection."""
    raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


def no_such_name(*_arguments: object, **_more: object) -> None:
    """Fail to resolve a name."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("connect", "said"),
    [(refused, "the connection was refused"), (no_such_name, "its name cannot be resolved")],
)
def test_an_unreachable_vendor_ends_the_run(
    old: Path, vendors: StandIns, monkeypatch: pytest.MonkeyPatch, connect: object, said: str
) -> None:
    """A vendor that cannot be reached ends the run at once, with one error and no drift."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(socket, "create_connection", connect)
    before = contents(old)

    status, output = run(old, *LIVE)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert f"no vendor can be recorded: openai: {said}" in output
    assert "drift" not in output
    assert before == contents(old)
    assert vendors.requests == []


def test_an_untrusted_certificate_is_named(
    old: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A CA that this machine does not know is told, with the variable that names it."""
    with pretending(World(), monkeypatch, tmp_path, trusted=False) as servers:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)

        status, output = run(old, *LIVE)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert "openai: its certificate is not trusted" in " ".join(output.split())
    assert "SSL_CERT_FILE" in output
    assert servers.requests == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_companys_ca_is_trusted(
    old: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    """Each variable that names an authority holds while the vendors are asked."""
    with pretending(World(planted=False), monkeypatch, tmp_path, trusted=False):
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv(variable, str(authority(tmp_path, variable)))

        status, output = run(old, *LIVE)

    assert status == 0, output


def authority(directory: Path, variable: str) -> Path:
    """Return the pretended authority's file, or a directory as OpenSSL reads one."""
    file = directory / "authority.pem"
    if variable != "SSL_CERT_DIR":
        return file
    hashed = subprocess.run(  # noqa: S603 - a file of this test
        [OPENSSL, "x509", "-noout", "-hash", "-in", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    (directory / "authorities").mkdir()
    (directory / "authorities" / f"{hashed.stdout.strip()}.0").write_bytes(file.read_bytes())
    return directory / "authorities"


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

    def looked_up(asked: str, *given: Any) -> object:
        found = usual(asked, *given)
        return replace(found, outcome=outcome) if asked == check and found else found

    return looked_up


def test_an_answer_nobody_asks_for_fails_a_complete_run(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complete run that leaves a recorded answer unused is red and names the answer."""
    monkeypatch.setattr("conformance.run.catalogue.files", list)
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

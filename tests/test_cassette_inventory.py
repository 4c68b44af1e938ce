"""The list of cassettes says where each came from; the gate refuses what must not be there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.cassettes import recordings
from conformance.commands.main import main
from conformance.core import releases
from conformance.run import catalogue
from conformance.run.report import inventory
from conformance.vendors.unsettled import SETTLED_BY, UNSETTLED
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 9, 1)
TOP = {"recorded": "2026-08-25", "release": "llama-stack 0.5.1", "sdk": "openai 2.21.0"}
EXTRA_V1 = "https://generativelanguage.googleapis.com/v1beta/openai/v1/chat/completions"


def cassette(root: Path, name: str, *, uri: str = EXTRA_V1, body: str = "{}", **top: str) -> Path:
    """Write a cassette of one answer."""
    request = {"method": "POST", "uri": uri, "body": "{}", "headers": {}}
    status = {"code": 404, "message": "Not Found"}
    response = {"status": status, "headers": {}, "body": {"string": body}}
    recording = recordings.Recording(TOP | top, [{"request": request, "response": response}])
    file = root / f"{name}.yaml"
    list(recordings.replace(root, {file: recording}))
    return file


@pytest.fixture(scope="module")
def checks() -> list[catalogue.Check]:
    """All checks, as they are on the reference release."""
    return catalogue.checks(releases.reference())


def test_the_list_says_where_answers_came_from(
    tmp_path: Path, checks: list[catalogue.Check]
) -> None:
    """Every cassette is listed with provenance, age, release and the checks that use it."""
    cassette(tmp_path, "gemini/chat", provenance="live")
    cassette(tmp_path, "openai/nobodys", provenance="stand-in")
    users = [check.id for check in checks if check.scenario == "chat"]

    lines = list(inventory.listing(tmp_path, checks, TODAY))

    assert lines[0] == "gemini/chat  live, 2026-08-25 (7 days old), llama-stack 0.5.1; answers: 1"
    assert [f"    {user}" for user in users] == lines[1 : len(users) + 1]
    assert "openai/nobodys  stand-in" in lines[len(users) + 1]
    assert lines[len(users) + 2] == "    no check uses it"
    assert "answers: 1 live, 1 from stand-ins" in lines


def test_a_live_answer_settles_a_question(tmp_path: Path) -> None:
    """A question about a vendor is settled by a live answer of its route, never a stand-in's."""
    cassette(tmp_path, "gemini/chat", provenance="stand-in")
    assert inventory.settled(inventory.answers(tmp_path)) == {}

    cassette(tmp_path, "gemini/chat", provenance="live")
    settled = inventory.settled(inventory.answers(tmp_path))
    assert settled == {"gemini/extra-v1-chat": "gemini/chat#0 of 2026-08-25: HTTP 404"}
    assert UNSETTLED.keys() == SETTLED_BY.keys()


PLANTED = {
    "key": ('{"a": "sk-abcdefgh12345678"}', "holds a key"),
    "masked key": ("Incorrect API key provided: sk-ab*****5678.", "holds a key"),
    "bearer": ("Bearer abcdef0123456789", "holds a key"),
    "encoded key": ("c2stYWJjZGVmZ2gxMjM0NTY3OA==", "holds an escaped or encoded key"),
    "own key": ("made-up-key-of-this-machine", "holds a key"),
    "account": ("org-AbCdEfGh12345678", "holds the id of an account"),
}


@pytest.mark.parametrize(("body", "reason"), PLANTED.values(), ids=PLANTED)
def test_the_gate_refuses_what_is_planted(
    tmp_path: Path, checks: list[catalogue.Check], body: str, reason: str
) -> None:
    """Whatever looks like a key or an account's id is refused, and not repeated."""
    cassette(tmp_path, "openai/chat", body=body)

    problems = list(inventory.problems(tmp_path, checks, ["made-up-key-of-this-machine"]))

    assert any(reason in problem for problem in problems)
    assert not any(body in problem for problem in problems)


def test_the_gate_refuses_headers_and_strays(tmp_path: Path, checks: list[catalogue.Check]) -> None:
    """A header off the allow-list, another file, a broken or unused cassette: each is named."""
    file = cassette(tmp_path, "openai/chat")
    file.write_text(file.read_text().replace("headers: {}", "headers: {set-cookie: [a]}", 1))
    cassette(tmp_path, "openai/nobodys")
    (tmp_path / "openai" / "broken.yaml").write_text("version: 1\n")
    (tmp_path / "notes.txt").write_text("x")

    problems = "\n".join(inventory.problems(tmp_path, checks, []))

    assert "the request of answer 0 holds the header `set-cookie`" in problems
    assert "openai/nobodys.yaml: no check names the scenario `nobodys`; delete it" in problems
    assert "broken.yaml: not a readable cassette" in problems
    assert "notes.txt: no cassette; delete it" in problems


def test_answers_of_another_release_are_not_unused(tmp_path: Path) -> None:
    """An answer that another release asks for is not unused on this one."""
    cassette(tmp_path, "openai/chat", uri="https://api.openai.com/v1/x")
    cassette(tmp_path, "openai/later", release="ogx 1.5.0")
    stock = inventory.answers(tmp_path)

    unused = inventory.unused(stock, set(), releases.reference())

    assert unused == ["openai/chat#0: no check asks for POST https://api.openai.com/v1/x"]
    assert inventory.unused(stock, {"openai/chat#0"}, releases.reference()) == []


def test_the_commands(
    tmp_path: Path, checks: list[catalogue.Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cassettes` lists and ends with 0; `cassettes --check` ends with 1 and names what must go."""
    monkeypatch.setattr(catalogue, "checks", lambda _release: checks)
    cassette(tmp_path, "openai/nobodys", provenance="stand-in")
    option = f"--cassettes={tmp_path}"

    listed = CliRunner().invoke(main, ["cassettes", option])
    checked = CliRunner().invoke(main, ["cassettes", "--check", option])

    assert (listed.exit_code, checked.exit_code) == (0, 1)
    assert "openai/nobodys  stand-in" in listed.output
    assert "delete it" in checked.output
    assert "error: problems found in the cassettes: 1" in checked.output


def test_the_suites_own_cassettes_pass_the_gate(checks: list[catalogue.Check]) -> None:
    """Nothing in this checkout's cassettes is key-like, stray or without a check."""
    assert list(inventory.problems(ROOT / "cassettes", checks, [])) == []

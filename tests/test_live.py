"""A gateway that is already running is sent what its user allows, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme
from click.testing import CliRunner

from conformance.cassettes.keys import MADE_UP_KEYS
from conformance.commands import live_command
from conformance.run.live.control import Control
from conformance.run.routes import Route
from conformance.stack.client import Answer
from conformance.stack.limits import Limits, NotAllowedError
from conformance.stack.live_client import trust
from conformance.vendors import UPSTREAMS
from tests.support import running_gateways, runs
from tests.support.running_gateways import LIKE_OPENAI, MODELS, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns
    from tests.support.running_gateways import Running

TOKEN, KEY = "gateway-token-5d41402abc4b", "sk-proj-Kd93mXw9KcB2vLdq7Zt4mXw9KcB2vL"
ACCEPTED = UPSTREAMS["openai"].stand_in_key
CALLS = "--conformance-check=answer-contract/calls*"
OPEN = "--conformance-check=open-gateway/*"  # reads and nothing else
OUTSIDE = "--conformance-check=answers-outside/*"
CHAT = "POST /v1/chat/completions"
PAGE = (runs.ROOT / "docs" / "RUNNING-GATEWAY.md").read_text(encoding="utf-8")
HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent"}
OF_LLAMA_STACK = {"x-llamastack-client-version", "x-llamastack-provider-data"}
OF_A_PREFLIGHT = {
    *("origin", "access-control-request-method", "access-control-request-headers"),
}


def documented() -> Counter[str]:
    """Return how often the page says that each request is sent."""
    block = PAGE.partition("<!-- sent -->")[2].split("```")[1].removeprefix("text").split("\n")
    counted = (line.split(" ", 1) for line in block if line)
    return Counter({line: int(number) for number, line in counted})


@pytest.fixture
def gateway() -> Iterator[Running]:
    """A Llama Stack 0.5.1 that wants no token."""
    with running() as found:
        yield found


Ask = Callable[..., runs.Run]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask a running gateway, as a user does in a directory of their own."""
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", TOKEN)

    def asked(gateway: Running | str, *options: str) -> runs.Run:
        url = gateway if isinstance(gateway, str) else gateway.url
        return runs.here(tmp_path, "-m", "conformance", f"--stack-config={url}", *options)

    return asked


def test_without_an_option_what_the_page_lists_is_sent_and_nothing_else(
    ask: Ask, gateway: Running
) -> None:
    """Production is asked what a passer-by could ask: no body, no key, no token."""
    run = ask(gateway)
    report = run.report

    assert documented() == Counter(gateway.lines())
    assert {each.body for each in gateway.noted} == {""}
    assert {name for each in gateway.noted for name in each.headers} == {
        *HEADERS,
        *OF_LLAMA_STACK,
        *OF_A_PREFLIGHT,
    }
    assert {each.headers["user-agent"] for each in gateway.noted} == {"llama-stack-conformance"}
    assert run.verdicts() <= {"as-expected", "drift", "not-applicable"}, run.output

    # What cannot be asked from outside is not applicable, with its reason, and never passed.
    assert report is not None
    reasons = {r["evidence"] for r in report["checks"] if r["verdict"] == "not-applicable"}
    assert {
        "needs a gateway that the suite starts",
        "needs a vendor that the suite plays",
        "needs to see what arrives at the vendor",
        "needs the log of the gateway",
        "changes the server: not without --conformance-write",
        "chats: not without --conformance-spend",
    } <= reasons
    assert report["server"]["release_from"] == "GET /v1/version"
    assert report["server"]["sent"] == Counter(gateway.methods())
    assert {row["subject"] for row in report["checks"]} == {"server"}


def test_chats_are_few_and_short_and_announced(ask: Ask, gateway: Running) -> None:
    """As many chats are sent as were announced, each of few tokens; nothing is changed."""
    run = ask(gateway, "--conformance-spend")
    chats = [each for each in gateway.noted if each.method == "POST"]

    assert run.report is not None
    assert {f"{each.method} {each.path}" for each in chats} == {CHAT}
    asked = Counter(each.json["model"] for each in chats)
    caps = ("max_completion_tokens", "max_tokens")
    assert {each.json[cap] for each in chats for cap in caps if cap in each.json} <= {*range(1, 17)}
    assert run.report["server"]["chats"] == asked
    for model, number in asked.items():
        assert f"at most {number} chats with {model}" in run.output
    assert not {name for each in chats for name in each.headers if "provider" in name}


def test_no_more_chats_are_sent_than_the_user_wants(ask: Ask, gateway: Running) -> None:
    """A lower limit holds; the checks that it leaves nothing for say so."""
    run = ask(gateway, "--conformance-spend", "--conformance-chats=1")

    chats = Counter(each.json["model"] for each in gateway.noted if each.method == "POST")
    assert {*chats.values()} == {1}
    assert f"other checks have all 1 chats with {MODELS[0]}" in json.dumps(run.report)


@pytest.mark.parametrize("version", ["0.5.1", None], ids=["llama-stack", "another"])
def test_chats_go_to_the_model_that_the_user_chooses(ask: Ask, version: str | None) -> None:
    """Of any gateway: to that model alone, whether it is listed or not."""
    with running(version=version) as gateway:
        run = ask(gateway, "--conformance-spend", "--conformance-model=openai/unlisted", CALLS)
        asked = {each.json["model"] for each in gateway.noted if each.method == "POST"}

    assert asked == {"openai/unlisted"}, run.output
    assert "chats with openai/unlisted" in run.output


def test_an_unlisted_model_has_no_entry_to_compare(ask: Ask, gateway: Running) -> None:
    """The entry of a model that the user chose is looked for only where there is one."""
    check = "--conformance-check=model-list/one-model"
    unlisted = ask(gateway, "--conformance-model=openai/unlisted", check)
    listed = ask(gateway, f"--conformance-model={MODELS[0]}", check)

    assert 0 == unlisted.status, unlisted.output
    assert {"not-applicable"} == unlisted.verdicts()
    assert not {"not-applicable", "error"} & listed.verdicts()


def test_what_is_written_is_deleted(ask: Ask, gateway: Running) -> None:
    """With leave to write, three entries are made and the same three are deleted."""
    ask(gateway, "--conformance-write")
    changes = [line for line in gateway.lines() if not line.startswith(("GET", "OPTIONS"))]

    assert {line.partition("/stranger-")[0] for line in changes} == {
        *("POST /v1/prompts", "DELETE /v1/prompts/pmpt_1"),
        *("POST /v1/conversations", "DELETE /v1/conversations/conv_1"),
        *("POST /v1/models", "DELETE /v1/models"),
    }


def test_a_vendors_key_goes_with_chats_to_that_vendor_alone(
    ask: Ask, gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's key for OpenAI is in no list request, in no output, and in no stranger's chat."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    run = ask(gateway, "--conformance-spend", "--conformance-keys=own", "-v")
    with_it = [each for each in gateway.noted if KEY in str(each)]

    assert with_it
    assert {f"{each.method} {each.path}" for each in with_it} == {CHAT}
    assert {each.json["model"] for each in with_it} == {MODELS[0]}
    assert KEY not in run.output + json.dumps(run.report)


@pytest.fixture
def vendor(gateway: Running, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """OpenAI's stand-in, where the gateway says its vendor is, and the suite knows OpenAI to be."""
    del gateway
    origin = stand_ins.base["openai"]
    known = dataclasses.replace(UPSTREAMS["openai"], origin=origin)
    monkeypatch.setitem(UPSTREAMS, "openai", known)
    monkeypatch.setitem(running_gateways.URLS, "openai", origin)
    monkeypatch.setenv("OPENAI_API_KEY", ACCEPTED)
    return stand_ins


def test_with_the_users_key_the_vendor_is_asked_the_same(
    ask: Ask, gateway: Running, vendor: StandIns
) -> None:
    """As often as announced: what both deviate in is the vendor's, all else the gateway's."""
    run = ask(gateway, "--conformance-spend", "--conformance-keys=own", CALLS)
    direct = vendor.requests

    assert run.report is not None
    assert run.report["server"]["chats_beside"] == {"gpt-4o": len(direct)}
    assert f"at most {len(direct)} of them also to openai itself, with your key" in run.output
    assert {each.headers["authorization"] for each in direct} == {f"Bearer {ACCEPTED}"}
    asked = [each.json | {"model": "gpt-4o"} for each in gateway.noted if each.method == "POST"]
    assert all(each.json in asked for each in direct)
    told = {row["id"]: row["evidence"] for row in run.report["checks"]}
    assert told["answer-contract/calls-openai"].startswith("gateway: ")
    assert told["answer-contract/calls-mine"].startswith("no key is sent for this provider")
    assert ACCEPTED not in run.output + json.dumps(run.report)


@pytest.mark.parametrize("kind", ["own", "made-up"])
def test_who_has_sent_their_keys_is_not_advised_to(
    ask: Ask, gateway: Running, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Where chats are refused, keys are asked for of those alone who have not given theirs."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(running_gateways, "CHAT_STATUS", running_gateways.UNAUTHORIZED)
    run = ask(gateway, "--conformance-spend", f"--conformance-keys={kind}", CALLS)

    assert "is answered (HTTP 401" in run.output
    assert ("with --conformance-keys=own" in " ".join(run.output.split())) == (kind == "made-up")


def test_a_key_goes_to_the_host_that_the_suite_knows_its_vendor_by(
    vendor: StandIns,
) -> None:
    """Whatever a gateway says of its providers, no other host may be reached with a key."""
    routes = (
        Route("mine", "remote::passthrough", "", "http://gpu.test:8000", "granite-8b"),
        Route("openai", "remote::openai", "openai", "http://openai.evil.test", "gpt-4o"),
        Route("gemini", "remote::gemini", "gemini", "", "gemini-2.5-flash"),
    )
    control = Control(keys={"openai": KEY}, routes=routes, limits=Limits(spend=True), tls=trust())

    assert [control.covers(route) for route in routes] == [False, True, False]
    assert control.hosts == {urlsplit(vendor.base["openai"]).hostname}


def test_made_up_keys_are_nobodys(ask: Ask, gateway: Running, vendor: StandIns) -> None:
    """`made-up` sends keys that nobody issued, and no vendor is asked with them."""
    ask(gateway, "--conformance-spend", "--conformance-keys=made-up", CALLS)

    assert any(MADE_UP_KEYS["openai"] in str(each) for each in gateway.noted)
    assert vendor.requests == []


def test_strangers_have_no_token(ask: Ask) -> None:
    """A token is sent by callers, not by strangers, and is shown nowhere."""
    with running(token=TOKEN) as gateway:
        run = ask(gateway, "--conformance-token-env=MY_TOKEN", "-v")
        without = [n.path for n in gateway.noted if "authorization" not in n.headers]

    assert "/v1/chat/completions?limit=1" in without
    assert run.outcomes["open-gateway/read-models"] == "as-expected: refused"
    assert run.outcomes["open-gateway/secrets"] == "as-expected: refused"
    assert TOKEN not in run.output + json.dumps(run.report)


def test_a_prefix_of_a_proxy_is_kept(ask: Ask) -> None:
    """All requests begin with the path that the user gave; a last `/v1` belongs to the API."""
    with running(prefix="/ai/stack") as gateway:
        run = ask(f"{gateway.url}/v1/")
        paths = {each.path for each in gateway.noted}

    assert run.outcomes["open-gateway/read-models"].endswith("readable")
    assert {path for path in paths if not path.startswith("/ai/stack/")} == set()


@pytest.mark.parametrize("trusted", ["ca", "insecure", "nobody"])
def test_certificates_are_checked(ask: Ask, tmp_path: Path, trusted: str) -> None:
    """A certificate of an unknown authority is refused, unless its authority or all are trusted."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    options = {"ca": [f"--conformance-ca={file}"], "insecure": ["--conformance-insecure"]}
    with running(context) as gateway:
        run = ask(gateway, OPEN, *options.get(trusted, []))

    assert (run.status == pytest.ExitCode.USAGE_ERROR) == (trusted == "nobody")
    assert ("certificate verify failed" in run.output) == (trusted == "nobody")


def test_a_gateway_of_another_kind_is_asked_no_more_than_it_can_have(ask: Ask) -> None:
    """What is no Llama Stack is said to be none, and not blamed for what it lacks."""
    with running(version=None, missing=LIKE_OPENAI) as gateway:
        run = ask(gateway)

    assert "no Llama Stack" in run.output
    assert run.verdicts() == {"not-applicable", "as-expected"}
    assert {line.partition(" ")[0] for line in gateway.lines()} == {"GET"}


def test_a_gateway_of_another_kind_is_told_where_its_answers_differ(ask: Ask) -> None:
    """Without a release there is still a shape that clients read; what differs is a drift."""
    with running(version=None, missing=["none"]) as gateway:
        run = ask(gateway, OUTSIDE)

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert run.outcomes["answers-outside/models"] == "as-expected: conforms"
    assert run.outcomes["answers-outside/unknown-path"] == "drift: error-in-list"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--stack-config=http://127.0.0.1:1"], "no answer"),
        (["--stack-config=http://me:word@127.0.0.1:1"], "--conformance-token-env"),
        (["--stack-config=http://127.0.0.1:1/?x=1"], "write http://HOST:PORT"),
        (["--stack-config=http://127.0.0.1:99999"], "write http://HOST:PORT"),
        (["--stack-config=http://[::1"], "write http://HOST:PORT"),
        (["--stack-config=http://127.0.0.1:1", "-n2"], "leave out -n"),
        (["--stack-config=http://127.0.0.1:1", "--record-mode=all"], "recorded"),
        (["--stack-config=http://127.0.0.1:1", "--conformance-insecure"], "https://"),
        (["--stack-config=http://127.0.0.1:1", "--conformance-token-env=NOT_SET"], "not set"),
        (["--stack-config=http://127.0.0.1:1", "--conformance-token-env="], "is empty"),
        (["--stack-config=https://127.0.0.1:1", "--conformance-ca=/no/file"], "/no/file"),
        (["--conformance-write"], "--stack-config http"),
        (["--conformance-model=m"], "--stack-config http"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_option_is_said_in_one_line(tmp_path: Path, options: list[str], says: str) -> None:
    """A run that cannot begin ends at once, and says what to give."""
    run = runs.here(tmp_path, *options)
    lines = [line for line in run.output.splitlines() if line.startswith("ERROR")]

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert len(lines) == 1
    assert says in lines[0]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words of each run of pytest, which is refused at once."""
    found: list[list[str]] = []

    def refused(words: list[str]) -> pytest.ExitCode:
        found.append(words)
        return pytest.ExitCode.USAGE_ERROR

    monkeypatch.setattr("pytest.main", refused)
    return found


def live(*words: str) -> int:
    """Return how the command `live` ends."""
    return CliRunner().invoke(live_command.live, words, catch_exceptions=False).exit_code


def test_the_command_hands_its_options_to_pytest(begun: list[list[str]]) -> None:
    """`live URL` is pytest with the options' long names; pytest's own are handed on."""
    url = "http://gateway:8321"

    assert live(url, "--spend", "--chats=3", "--token-env", "T", "-v") == 2  # wrong usage
    assert begun[0][-1] == "-v"
    assert {
        f"--stack-config={url}",
        *("--conformance-spend", "--conformance-chats=3", "--conformance-token-env=T"),
    } == {word for word in begun[0] if word.startswith("--")}


def test_the_command_takes_pytests_names_wherever_they_stand(begun: list[list[str]]) -> None:
    """What a run advises, `--conformance-keys own`, works before the URL as well as after it."""
    url, advised = "http://gateway:8321", ("--conformance-keys", "own", "--conformance-spend")
    live(*advised, url)
    live(url, *advised)
    live(url, "--keys=own", "--spend")

    assert begun[0] == begun[1] == begun[2]
    assert "--conformance-keys=own" in begun[0]


def test_the_command_leaves_out_no_option_that_is_empty(begun: list[list[str]]) -> None:
    """`--token-env "$NOT_SET"` is refused by the run, and does not mean to go without a token."""
    live("http://gateway:8321", "--token-env", "")

    assert "--conformance-token-env=" in begun[0]


def test_what_is_no_url_is_said_in_one_line() -> None:
    """The command ends with 2, as with any wrong word."""
    done = CliRunner().invoke(live_command.live, ["run.yaml"])

    assert done.exit_code == 2
    assert done.output == "error: run.yaml: a gateway's URL begins with http:// or https://\n"


def test_a_release_can_be_named(ask: Ask) -> None:
    """A release that the user names is taken, and not asked for."""
    with running(version="unreadable") as gateway:
        refused = ask(gateway, OPEN)
        run = ask(gateway, OPEN, "--conformance-release=ogx 0.7.1")

    assert "--conformance-release" in refused.output
    assert "ogx 0.7.1 (--conformance-release)" in run.output


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/models", {}),
        ("DELETE", "/v1/models/x", {}),
        ("PUT", "/v1/chat/completions", {}),
        ("POST", "/v1/chat/completions", {"model": "m", "max_tokens": 16}),
    ],
)
def test_reads_alone_are_admitted(method: str, path: str, body: dict[str, object]) -> None:
    """Without leave, nothing that changes or costs is admitted."""
    with pytest.raises(NotAllowedError):
        Limits().admit(method, path, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "admitted"),
    [
        ({"max_tokens": 16}, True),
        ({"max_completion_tokens": 1}, True),
        ({"max_tokens": 17}, False),
        ({"max_tokens": 16, "max_completion_tokens": 17}, False),
        ({"max_tokens": 16, "n": 2}, False),
        ({"max_tokens": 0}, False),
        ({"max_tokens": "16"}, False),
        ({}, False),
    ],
)
def test_a_chat_is_short_or_not_sent(body: dict[str, object], *, admitted: bool) -> None:
    """A chat without a cap on its tokens, or with a higher one, is not sent."""
    limits = Limits(spend=True)
    with nullcontext() if admitted else pytest.raises(NotAllowedError):
        limits.admit("POST", "/v1/chat/completions", json.dumps({"model": "m"} | body).encode())


def test_an_answer_that_is_nested_too_deep_is_no_json() -> None:
    """Whatever answers at a URL, the run ends in one line."""
    assert Answer(200, {}, "[" * 100_000 + "]" * 100_000).json() is None


def test_the_time_of_a_run_has_an_end() -> None:
    """When the time is over, nothing more is sent."""
    limits = Limits(_until=0.0)
    with pytest.raises(NotAllowedError, match="time"):
        limits.admit("GET", "/v1/models", b"")

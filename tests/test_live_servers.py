"""Servers that releases' own commands start are asked as users ask them, and nothing is false."""

from __future__ import annotations

import dataclasses
import os
import ssl
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme

from conformance.core import groups, releases
from conformance.releases import client_trial, environments, suite_copy
from conformance.stack import ports
from conformance.vendors import UPSTREAMS
from conformance.vendors.faults import Fault
from tests.support import runs
from tests.support.proxied import proxied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.vendors.stand_ins import StandIns

pytestmark = pytest.mark.thorough
TOKEN, KEYS = "gateway-token-5d41402abc4b", ("OPENAI_API_KEY", "GEMINI_API_KEY")
WIDTH = 80


@pytest.fixture(scope="module", params=["llama-stack 0.5.1", "llama-stack 0.7.1", "ogx 1.5.0"])
def server(
    request: pytest.FixtureRequest, running_stand_ins: StandIns
) -> Iterator[tuple[str, str]]:
    """A release and the URL of its own server, with stand-ins as its vendors."""
    with client_trial.server(releases.find(request.param), running_stand_ins.base) as running:
        yield request.param, running.url


def asked(directory: Path, url: str, *options: str, **variables: str) -> runs.Run:
    """Ask a gateway in a terminal of 80 columns, in a directory without a `.env`."""
    environment = {**dict.fromkeys(KEYS), "COLUMNS": str(WIDTH), **variables}
    where = str(runs.ROOT / "conformance")
    return runs.pytest_run(
        directory, "-rN", f"--stack-config={url}", *options, where, cwd=directory,
        environment=environment,
    )  # fmt: skip


def troubles(run: runs.Run, release: str) -> list[str]:
    """Return what is unexpected of a release's run, and lines of ours that are too wide."""
    good = ("as-expected", "not-applicable")
    found = [f"{check} {text}" for check, text in run.outcomes.items() if not text.startswith(good)]
    head, _, summary = run.output.partition("= conformance =")
    ours = [line for line in head.splitlines() if line.startswith("conformance:")]
    wide = [line for line in (*ours, *summary.splitlines()[1:]) if len(line) > WIDTH]
    known = any(line.startswith(f"this server ({release}; ") for line in summary.splitlines())
    return [*found, *wide, *([] if known else [run.output])]


def test_reads_alone(server: tuple[str, str], tmp_path: Path) -> None:
    """Without an option nothing is unexpected, and no line is wider than the terminal."""
    release, url = server
    assert troubles(asked(tmp_path, url), release) == []


def test_changes_and_chats(server: tuple[str, str], tmp_path: Path) -> None:
    """With all leave, and keys that its vendor takes, nothing is unexpected either."""
    release, url = server
    options = ("--conformance-write", "--conformance-spend", "--conformance-keys=made-up")
    run = asked(tmp_path, url, *options, "--conformance-layer=strict")

    assert troubles(run, release) == []
    assert run.outcomes["answer-contract/calls-openai"] == "as-expected: kept"
    assert run.outcomes["open-gateway/chat"] == "as-expected: not-answered"


def test_behind_a_proxy(server: tuple[str, str], tmp_path: Path) -> None:
    """TLS, a prefix and a token: callers are answered as without, strangers are refused."""
    release, url = server
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    options = (f"--conformance-ca={file}", "--conformance-token-env=MY_TOKEN")
    with proxied(url, context, "/ai/stack", TOKEN) as address:
        run = asked(tmp_path, address, *options, "--conformance-spend", MY_TOKEN=TOKEN)

    assert troubles(run, release) == []
    assert run.outcomes["open-gateway/read-models"] == "as-expected: refused"
    assert run.outcomes["answers-outside/models"].startswith("as-expected")
    assert TOKEN not in run.output


def test_beside_the_vendor(
    server: tuple[str, str],
    stand_ins: StandIns,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the vendor's own answer deviates in is called the vendor's; nulls are the gateway's."""
    release, url = server
    known = dataclasses.replace(UPSTREAMS["openai"], origin=stand_ins.base["openai"])
    monkeypatch.setitem(UPSTREAMS, "openai", known)
    monkeypatch.setenv("OPENAI_API_KEY", known.stand_in_key)
    monkeypatch.chdir(tmp_path)
    stand_ins.inject("openai", Fault(changes={"id": ""}), times=100)
    options = ("--conformance-spend", "--conformance-keys=own")
    chosen = "--conformance-check=answer-contract/*calls-openai"
    run = runs.here(tmp_path, f"--stack-config={url}", *options, chosen)

    assert run.report is not None
    told = {row["id"]: row["evidence"] for row in run.report["checks"]}
    assert run.outcomes == {
        "answer-contract/calls-openai": "as-expected: kept",
        "answer-contract/streamed-calls-openai": "as-expected: tool-call-null",
    }, run.output
    assert all("vendor: id at" in evidence for evidence in told.values())
    assert "gateway: tool-call-null" in told["answer-contract/streamed-calls-openai"]
    assert f"this server ({release}; " in run.output
    assert run.report["server"]["chats_beside"] == {"gpt-4o": 2}


@pytest.fixture
def plain_server(tmp_path: Path) -> Iterator[str]:
    """A server of PyPI that speaks OpenAI's API, and is no Llama Stack."""
    place = suite_copy.cache_directory() / "environments" / "llmock-0.2.2"
    python = environments.simple(place, ["llmock==0.2.2"])
    with ExitStack() as ended:
        port = ended.enter_context(ports.reserved())
        log = ended.enter_context((tmp_path / "log").open("wb"))
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(Path(python).with_name("llmock")), "serve", "--port", str(port)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended.callback(groups.end, process)
        with httpx.Client(transport=httpx.HTTPTransport(retries=10), trust_env=False) as client:
            client.get(f"http://127.0.0.1:{port}/v1/models", timeout=30)
        yield f"http://127.0.0.1:{port}"


def test_a_plain_server_is_held_to_the_contract_alone(plain_server: str, tmp_path: Path) -> None:
    """What is no Llama Stack is asked for models, errors and chats, and for nothing else."""
    run = asked(tmp_path, plain_server, "--conformance-spend")

    assert troubles(run, "no release of Llama Stack") == []
    ran = {check for check, text in run.outcomes.items() if text.startswith("as-expected")}
    assert {check.partition("/")[0] for check in ran} == {
        *("answers-outside", "answer-contract", "answer-forms"),
    }

"""Answers are recorded, found again, and read by plain vcrpy, whatever HTTP client asks."""

from __future__ import annotations

import importlib
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException as NoAnswer

from conformance.cassettes import recordings
from conformance.cassettes.replay import play
from conformance.vendors import UPSTREAMS
from conformance.vendors.faults import Fault
from tests.support.recorded import TOP, ask, contents, library, record, save

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns


CLIENTS = [name for name in ("httpx", "httpx2") if find_spec(name)]

# Without any key, a vendor refuses before it looks at anything else, and so does a replay.
WITH_KEY = {"authorization": "Bearer any-key"}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("fields", [{}, {"stream": True}], ids=["plain", "streamed"])
def test_what_is_recorded_is_replayed(
    tmp_path: Path, stand_ins: StandIns, client: str, upstream: str, fields: dict[str, Any]
) -> None:
    """A chat gets the recorded answer again, from both clients that the vendor's SDK uses."""
    module = importlib.import_module(client)
    answered = library(tmp_path, "rewrite", stand_ins)
    with play(answered, "chat"):
        first = ask(upstream, stand_ins, module, **fields)
    save(answered)
    stand_ins.clear()

    with play(library(tmp_path, "none"), "chat") as tape:
        again = ask(upstream, None, module, **fields)

    assert first.status_code == again.status_code == 200
    assert first.headers["content-type"] == again.headers["content-type"]
    assert again.text == (first.text if fields else recordings.readable(first.text))
    assert tape.played == [f"{upstream}/chat#0"]
    assert stand_ins.requests == []


def test_both_clients_leave_the_same_cassette(tmp_path: Path, stand_ins: StandIns) -> None:
    """What httpx records and what httpx2 records is equal, byte for byte."""
    left = []
    for client in CLIENTS:
        root = tmp_path / client
        root.mkdir()
        record(root, stand_ins, client=importlib.import_module(client), stream=True)
        left.append(contents(root))

    assert left == [left[0]] * len(CLIENTS)


@pytest.mark.parametrize("fields", [{}, {"stream": True}], ids=["plain", "streamed"])
def test_plain_vcrpy_plays_a_cassette(
    tmp_path: Path, stand_ins: StandIns, fields: dict[str, Any]
) -> None:
    """A cassette is one that vcrpy itself loads and plays."""
    record(tmp_path, stand_ins, "openai", **fields)
    url = "https://api.openai.com/v1/chat/completions"

    with vcr.VCR(record_mode="none").use_cassette(tmp_path / "openai" / "chat.yaml"):
        answer = httpx.post(url, json={"any": "body"}, trust_env=False)

    assert answer.status_code == 200
    assert ("data: [DONE]" if fields else "openai stand-in") in answer.text


def test_a_cassette_is_readable(tmp_path: Path, stand_ins: StandIns) -> None:
    """Where it came from stands at the top; JSON is indented, and a stream has a line an event."""
    record(tmp_path, stand_ins, "openai")
    record(tmp_path / "openai", stand_ins, "gemini", stream=True)
    plain = (tmp_path / "openai/chat.yaml").read_text().splitlines()
    streamed = (tmp_path / "openai/gemini/chat.yaml").read_text().splitlines()

    assert plain[:6] == [
        "version: 1",
        "metadata:",
        "  provenance: stand-in",
        f"  recorded: '{TOP['recorded']}'",
        "  release: llama-stack 0.5.1",
        "  sdk: openai 2.21.0",
    ]
    assert '          "object": "chat.completion",' in plain
    assert "        data: [DONE]" in streamed
    assert sum('data: {"choices"' in line for line in streamed) > 1


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"temperature": 0}, '"temperature": 0'),
        ({"model": "gpt-4o-mini"}, '"model": "gpt-4o"'),
        ({"stream": True}, '"stream": true'),
    ],
)
def test_an_unmatched_request_names_the_nearest(
    tmp_path: Path, stand_ins: StandIns, changed: dict[str, Any], difference: str
) -> None:
    """A request without an answer is refused, with the nearest recorded one and the difference."""
    record(tmp_path, stand_ins, "openai")

    with play(library(tmp_path, "none"), "chat") as tape, pytest.raises(NoAnswer):
        ask("openai", **changed)

    (message,) = tape.unmatched
    url = "https://api.openai.com/v1/chat/completions"
    assert message.startswith(f"no recorded answer for POST {url} in `chat`; nearest is POST {url}")
    assert "json_body: sent" in message
    assert difference in message
    assert message.endswith("`make record` records it")


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://api.openai.com/v1/models?b=2&a=1", True),
        ("https://api.openai.com/v1/models?a=1", False),
        ("https://api.openai.com/v1/model?a=1&b=2", False),
        ("http://api.openai.com/v1/models?a=1&b=2", False),
        ("https://api.openai.com:444/v1/models?a=1&b=2", False),
        ("https://api.openai.test/v1/models?a=1&b=2", False),
    ],
)
def test_every_part_of_the_url_is_compared(tmp_path: Path, url: str, fits: object) -> None:
    """Scheme, host, port, path and query must be equal; the order within a query may differ."""
    opened = library(tmp_path, "rewrite")
    asked = {"method": "GET", "uri": "https://api.openai.com/v1/models?a=1&b=2"}
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": b"{}"}}
    opened.keep("chat", asked | {"body": None, "headers": {}}, answer)
    save(opened)

    with play(library(tmp_path, "none"), "chat") as tape:
        try:
            httpx.get(url, headers=WITH_KEY, trust_env=False)
        except NoAnswer:
            assert not fits

    assert fits == bool(tape.played)


@pytest.mark.parametrize(
    ("sent", "recorded", "fits"),
    [
        ('{"a": 1, "b": [true]}', '{"b":[true],"a":1.0}', True),
        ('{"a": true}', '{"a": 1}', False),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
        ("one text", "another text", False),
        ("one text", "one text", True),
        ("", "null", False),
    ],
)
def test_bodies_are_compared_by_meaning(sent: str, recorded: str, fits: object) -> None:
    """Two JSON bodies are equal if their values are; other bodies if their texts are."""
    assert fits == (recordings.meaning(sent) == recordings.meaning(recorded))


def test_a_key_in_a_request_does_not_keep_it_from_matching(tmp_path: Path) -> None:
    """What was recorded with one key, and redacted, answers a request with another."""
    first, second = ("sk-proj-standin-one-0123456", "sk-proj-standin-two-6543210")
    opened = library(tmp_path, "rewrite", secrets=(first,))
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": b"{}"}}
    asked = {"method": "POST", "headers": {}, "body": json.dumps({"user": first})}
    opened.keep("chat", asked | {"uri": f"https://api.openai.com/v1/x?key={first}"}, answer)
    save(opened)

    with play(library(tmp_path, "none", secrets=(second,)), "chat") as tape:
        url = f"https://api.openai.com/v1/x?key={second}"
        httpx.post(url, json={"user": second}, headers=WITH_KEY, trust_env=False)

    assert tape.played == ["openai/chat#0"]
    assert tape.sent[0].body == {"user": second}


def words(root: Path) -> list[str]:
    """Return the models that a cassette of OpenAI has answers for."""
    found = recordings.read(root / "openai/chat.yaml").interactions
    return [json.loads(each["request"]["body"])["model"] for each in found]


@pytest.mark.parametrize(
    ("mode", "asked", "kept"),
    [
        ("none", [], ["gpt-4o", "gpt-4o-mini"]),
        ("once", [], ["gpt-4o", "gpt-4o-mini"]),
        ("new_episodes", ["gpt-5"], ["gpt-4o", "gpt-4o-mini", "gpt-5"]),
        ("all", ["gpt-4o", "gpt-5"], ["gpt-4o", "gpt-4o-mini", "gpt-5"]),
        ("rewrite", ["gpt-4o", "gpt-5"], ["gpt-4o", "gpt-5"]),
    ],
)
def test_record_modes_mean_what_they_do_elsewhere(
    tmp_path: Path, stand_ins: StandIns, mode: str, asked: list[str], kept: list[str]
) -> None:
    """Each mode asks the vendor for, and keeps, what pytest-recording's mode of that name does."""
    for model in ("gpt-4o", "gpt-4o-mini"):
        record(tmp_path, stand_ins, "openai", mode="new_episodes", model=model)
    stand_ins.clear()

    opened = library(tmp_path, mode, stand_ins)
    with play(opened, "chat"):
        for model in ("gpt-4o", "gpt-4o", "gpt-5"):
            try:
                ask("openai", stand_ins, model=model)
            except NoAnswer:
                assert mode in {"none", "once"}
    save(opened)

    assert asked == [request.model for request in stand_ins.requests]
    assert kept == words(tmp_path)


def test_once_records_where_there_is_no_cassette(tmp_path: Path, stand_ins: StandIns) -> None:
    """`once` leaves a vendor's cassette alone and records that of another vendor."""
    record(tmp_path, stand_ins, "openai")
    before = contents(tmp_path)

    record(tmp_path, stand_ins, "gemini", mode="once")

    assert contents(tmp_path).keys() == {"openai/chat.yaml", "gemini/chat.yaml"}
    assert before["openai/chat.yaml"] == contents(tmp_path)["openai/chat.yaml"]


def test_a_vendor_that_is_not_recorded_is_replayed(tmp_path: Path, stand_ins: StandIns) -> None:
    """Recording one vendor asks no other: its old answers are played, and its file stays."""
    record(tmp_path, stand_ins)
    before = contents(tmp_path)
    stand_ins.clear()

    opened = library(tmp_path, "rewrite", stand_ins, targets={"gemini"})
    with play(opened, "chat"):
        for upstream in UPSTREAMS:
            ask(upstream, stand_ins)
    result = save(opened)

    assert [request.upstream for request in stand_ins.requests] == ["gemini"]
    assert list(result.lines()) == ["gemini:", "  unchanged  chat", "updated: no cassette"]
    assert before == contents(tmp_path)


def test_a_check_without_a_scenario_records_nothing(tmp_path: Path, stand_ins: StandIns) -> None:
    """A check that names no scenario is told so, instead of recording one without a name."""
    opened = library(tmp_path, "rewrite", stand_ins)

    with play(opened, None) as tape, pytest.raises(NoAnswer):
        ask("openai", stand_ins)

    assert "names no scenario" in tape.unmatched[0]
    assert save(opened).updated == []


def test_what_another_release_asks_is_kept(tmp_path: Path, stand_ins: StandIns) -> None:
    """`rewrite` drops what this release asks no more, and keeps what only another one asks."""
    record(tmp_path, stand_ins, "openai")
    later = library(tmp_path, "new_episodes", stand_ins)
    with play(later, "chat"):
        ask("openai", stand_ins, model="gpt-5")
    save(later, TOP | {"release": "ogx 1.5.0"})
    record(tmp_path, stand_ins, "openai", mode="new_episodes", model="gpt-4o-mini")

    record(tmp_path, stand_ins, "openai")

    recording = recordings.read(tmp_path / "openai/chat.yaml")
    releases = [recording.fact("release", each) for each in recording.interactions]
    assert words(tmp_path) == ["gpt-4o", "gpt-5"]
    assert releases == ["llama-stack 0.5.1", "ogx 1.5.0"]


def test_live_and_made_up_answers_are_told_apart(tmp_path: Path, stand_ins: StandIns) -> None:
    """A live answer added to a stand-in's cassette says so beside itself."""
    record(tmp_path, stand_ins, "openai")
    live = library(tmp_path, "new_episodes", stand_ins)
    with play(live, "chat"):
        ask("openai", stand_ins, model="gpt-5")
    save(live, TOP | {"provenance": "live"})

    recording = recordings.read(tmp_path / "openai/chat.yaml")
    assert [recording.fact("provenance", each) for each in recording.interactions] == [
        "stand-in",
        "live",
    ]


@pytest.mark.parametrize("error", ["rate-limit", "server-error"])
def test_passing_trouble_is_not_recorded(tmp_path: Path, stand_ins: StandIns, error: str) -> None:
    """A live 429 or 5xx is not kept, so that the SDK's next try asks the vendor again."""
    opened = library(tmp_path, "rewrite", stand_ins, provenance="live")
    stand_ins.inject("openai", Fault(error=error))

    with play(opened, "chat"):
        statuses = [ask("openai", stand_ins).status_code for _ in range(2)]

    assert statuses[0] in {429, 500}
    assert statuses[1] == 200
    assert opened.troubles == {}
    assert save(opened).updated == ["openai/chat"]


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_refused_key_is_not_recorded(tmp_path: Path, stand_ins: StandIns, upstream: str) -> None:
    """A vendor that refuses the key of this run leaves the old cassette; a made-up key may fail."""
    record(tmp_path, stand_ins, upstream)
    before = contents(tmp_path)
    key = "a-key-that-was-revoked"
    ours, other = (
        library(tmp_path, "rewrite", stand_ins, provenance="live", keys=keys)
        for keys in ({upstream: key}, {})
    )
    with play(ours, "chat"):
        ask(upstream, stand_ins, key=key)

    assert f"with the key of {upstream}" in save(ours).of(upstream).left["chat"]
    assert before == contents(tmp_path)

    with play(other, "chat"):
        ask(upstream, stand_ins, key=key)
    assert save(other).updated == [f"{upstream}/chat"]

"""An answer is a fact about its vendor, or trouble with an account or the network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassettes import model_lists, recordings
from conformance.cassettes.estimate import estimates
from conformance.cassettes.patience import Patience
from conformance.cassettes.replay import play
from conformance.cassettes.result import OfVendor
from conformance.cassettes.trouble import Answered, trouble
from conformance.core.identities import without_secrets
from conformance.vendors.server import serve
from tests.support import recorded
from tests.support.harness import ROOT
from tests.support.pretend_vendors import PLANTED, told

if TYPE_CHECKING:
    from pathlib import Path

CHAT, DOUBLED = "/v1/chat/completions", "/v1beta/openai/v1/chat/completions"
PAGE = "<!DOCTYPE html><html><title>No</title></html>"
STREAM = 'data: {"choices": [{"delta": {"content": "Hel"}, "finish_reason": null}]}\n\n'


def said(message: str, **fields: Any) -> str:
    """Return the body of an error."""
    return json.dumps({"error": {"message": message, **fields}})


def answered(status: int, text: str = "{}", **fields: Any) -> Answered:
    """Return an answer to OpenAI's own key."""
    usual: dict[str, Any] = {"upstream": "openai", "method": "POST", "path": CHAT, "own_key": True}
    return Answered(status=status, text=text, **usual | fields)


FACTS = {
    "an answer": answered(200),
    "a whole stream": answered(200, STREAM + "data: [DONE]\n", streamed=True),
    "a stream with a finish reason": answered(200, STREAM.replace("null", '"stop"'), streamed=True),
    "a made-up key is refused": answered(401, said("No"), own_key=False, before=200),
    "no such model": answered(404, said("no such model or you do not have access"), before=404),
    "a bad request": answered(400, said("bad"), before=400),
    "Google has no such path": answered(404, PAGE, upstream="gemini", path=DOUBLED, before=200),
    "Anthropic wants another header": answered(
        401, said("x-api-key"), upstream="anthropic", method="GET", path="/v1/models", before=200
    ),
}
TROUBLES = {
    "rate limit": (answered(429, said("", code="quota")), "got 429 (quota)"),
    "server error": (answered(503), "got 503"),
    "not for a made-up key either": (answered(429, own_key=False), "got 429"),
    "refused key": (answered(401, said("no")), "got 401 with the key of openai"),
    "refused by Google": (
        answered(400, said("API_KEY_INVALID"), upstream="gemini"),
        "got 400 with the key of gemini",
    ),
    "credit": (answered(400, said("Your credit balance is too low")), "the account has no credit"),
    "credit where a path is in question": (
        answered(403, said("billing"), upstream="gemini", path=DOUBLED),
        "the account has no credit",
    ),
    "location": (answered(400, said("location is not supported")), "refuses this location"),
    "scope": (answered(403, said("Missing scopes: api.model.read")), "the account has no access"),
    "filter": (answered(200, PAGE), "a page for people"),
    "filter with another status": (answered(403, PAGE, own_key=False), "a page for people"),
    "login": (answered(302, ""), "a redirect"),
    "empty": (answered(200, ""), "neither JSON nor a stream"),
    "text": (answered(200, "ok"), "neither JSON nor a stream"),
    "not decoded": (answered(200, '{"a": "\ufffd"}'), "cannot be decoded"),
    "cut stream": (answered(200, STREAM, streamed=True), "a stream that broke off"),
    "retired model": (answered(404, said("gone"), before=200), "`--accept-changed` records it"),
}


@pytest.mark.parametrize("answer", FACTS.values(), ids=FACTS)
def test_a_fact_is_recorded(answer: Answered) -> None:
    """What shows how the vendor behaves is recorded, a refusal too."""
    assert trouble(answer) == ""


@pytest.mark.parametrize(("answer", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_left(answer: Answered, reason: str) -> None:
    """What shows an account, a place or a network is left, with the reason."""
    assert reason in trouble(answer)


def test_a_change_can_be_accepted() -> None:
    """A refusal in place of an answer is recorded if that is asked for; other trouble is not."""
    assert trouble(answered(404, said("gone"), before=200), accept_changed=True) == ""
    assert trouble(answered(429), accept_changed=True) != ""


def test_patience_ends_with_the_second_refusal_for_one_cause() -> None:
    """Two refusals for one cause end it; an answer in between, or another cause, does not."""
    patience = Patience()
    patience.refused("openai", "got 500")
    patience.answered("openai")
    patience.refused("openai", "got 500")
    patience.refused("openai", "got 429")
    patience.refused("gemini", "got 500")
    assert patience.done == {}

    patience.refused("openai", "got 500")
    assert patience.done == {"openai": "got 500"}


def listing(*names: str) -> recordings.Interaction:
    """Return the exchange in which a vendor lists models."""
    body = {"object": "list", "data": [{"id": name} for name in names]}
    request = {"method": "GET", "uri": "https://api.openai.com/v1/models", "body": ""}
    return {"request": request, "response": {"body": {"string": json.dumps(body)}}}


def test_lists_of_models_are_cut() -> None:
    """Of a long list the models that checks look for stay, in the vendor's order."""
    others = [f"other-{number}" for number in range(40)]
    known = ["gpt-4o", "gpt-4o-mini", "whisper-1", "text-embedding-3-small", "gpt-5", "gpt-4.1"]

    cut = model_lists.cut(listing(*others[:20], *known, *others[20:]))
    few = model_lists.cut(listing(*others, "gpt-4o"))

    entries = [entry["id"] for entry in model_lists.listed(cut) or ()]
    assert entries == known
    assert model_lists.names(model_lists.listed(few) or ()) == {"gpt-4o", *others[:5]}
    assert model_lists.cut(listing(*known)) == listing(*known)


def test_what_will_be_asked_is_estimated_from_the_cassettes() -> None:
    """Each recorded request counts once, and the first question; a chat costs its limit."""
    found = estimates(ROOT / "cassettes", {"unknown-model", "discovery-refused"}, {"openai"})

    assert found["openai"].requests == 3
    assert 200 < found["openai"].tokens < 300
    assert str(found["openai"]).startswith("about 3 requests, at most about 2")


def test_changed_headers_are_told_once() -> None:
    """A difference between headers is one line a vendor, with the number of answers."""
    lines = [
        "POST /chat m",
        "  + header x-new: 1",
        "  + body: null",
        "GET /models",
        "  + header x-new: 1",
    ]
    vendor = OfVendor(changes={"chat": lines, "other": lines[3:]})

    assert list(vendor.lines()) == [
        "changed    chat",
        "  POST /chat m",
        "    + body: null",
        "changed    + header x-new: 1 (3 answers)",
    ]


@pytest.mark.parametrize("name", [name for name, word in PLANTED.items() if word in told()])
def test_an_id_is_taken_out_of_any_text(name: str) -> None:
    """Ids of accounts, persons and machines are found in what vendors say."""
    assert PLANTED[name] not in without_secrets(f'{{"error": {{"message": "{told()}"}}}}')


def test_new_answers_alone_make_a_cassette_live(tmp_path: Path) -> None:
    """A cassette all of whose answers are new says so at its top, whatever the record mode."""
    with serve() as stand_ins:
        recorded.record(tmp_path, stand_ins, "openai")
        opened = recorded.library(tmp_path, "all", stand_ins, provenance="live")
        with play(opened, "chat"):
            recorded.ask("openai", stand_ins)
        recorded.save(opened, recorded.TOP | {"provenance": "live"})

    assert recordings.read(tmp_path / "openai/chat.yaml").provenance == "live"

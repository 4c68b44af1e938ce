"""A fault in the gateway's answers turns every check that receives it, whatever it is about.

Each fault is put into the answers of a running gateway; test_wire.py has all faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.model import Verdict
from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import statuses
from tests.support.harness import run_checks, stack_object

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.stack.altered_answers import Change

pytestmark = pytest.mark.integration  # runs on answers that somebody changed

NOT_ALLOWED = 405
CONTRACT = "answer-contract/plain-openai"
# Checks of something else, and the answers that they receive.
CHAT, STREAM = "vendor-request/url-openai", "stream-done/end-openai"
MODELS, REFUSED = "allowed-models/discovery", "unlisted-models/look-up"
OTHER = "open-gateway/read-configs"
RELAYED, ONE = "vendor-errors/status-for-rate-limit", "model-list/one-model"
PREFLIGHT = "absent-paths/exists-chat"
LISTED, ORDER, ENTRIES = (
    f"model-list/{check}" for check in ("exactly-the-registered", "order", "entries")
)
WORDS = "error-forms/words-unknown-model"


def retimed(body: Any, _place: int) -> None:
    """Let a chat be created at a fraction of a second."""
    if "choices" in body:
        body["created"] += 0.5


def relabelled(body: Any, place: int) -> None:
    """Give a chunk an id of its own."""
    if "choices" in body and place:
        body["id"] = f"chunk-{place}"


def reworded(body: Any, _place: int) -> None:
    """Replace the words of a plain chat."""
    for choice in body.get("choices", ()):
        if "message" in choice:
            choice["message"]["content"] = "?"


def unowned(body: Any, _place: int) -> None:
    """Leave out who owns a model."""
    for model in body.get("data", ()):
        model.pop("owned_by", None)


def untold(body: Any, _place: int) -> None:
    """Leave out what an error says."""
    if "error" in body:
        body["error"] = "no"


def _models(body: Any) -> list[Any]:
    found = body.get("data", ())
    return found if found and found[0].get("object") == "model" else []


def incomplete(body: Any, _place: int) -> None:
    """Leave out the last model of a list."""
    if models := _models(body):
        models.pop()


def reordered(body: Any, _place: int) -> None:
    """Turn the list of models round."""
    _models(body).reverse()


def misplaced(body: Any, _place: int) -> None:
    """Say of every model that it is another provider's."""
    for model in _models(body):
        model["custom_metadata"]["provider_id"] = "another"


def renamed(body: Any, _place: int) -> None:
    """Let the id of every listed model end with a blank."""
    for model in _models(body):
        model["id"] += " "


def wordless(body: Any, _place: int) -> None:
    """Let every error say the same."""
    error = body.get("error")
    if isinstance(error, dict):
        error |= {name: "An error occurred." for name in ("message", "detail") if name in error}


FAULTS: dict[str, tuple[Change, dict[str, str]]] = {
    "time": (in_objects(retimed), {CONTRACT: "created", CHAT: "created"}),
    "ids": (in_objects(relabelled), {STREAM: "changing-id"}),
    "words": (in_objects(reworded), {CHAT: "changed"}),
    "twice": (lambda text: text.replace("data: {", "data: {}\n\ndata: {", 1), {STREAM: "id"}),
    "owner": (in_objects(unowned), {MODELS: "owned-by"}),
    "error": (in_objects(untold), {REFUSED: "error-as-text"}),
    "incomplete": (in_objects(incomplete), {LISTED: "missing"}),
    "order": (in_objects(reordered), {ORDER: "other-order"}),
    "names": (in_objects(renamed), {LISTED: "missing"}),
    "metadata": (in_objects(misplaced), {ENTRIES: "other-metadata"}),
    "wordless": (in_objects(wordless), {WORDS: "names-nothing"}),
    "cut": (lambda text: text[:-1], {CHAT: "not-json", REFUSED: "error-not-json"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_drift(fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under a fault of the answers, each check that receives it drifts, and names the fault."""
    change, expected = FAULTS[fault]
    alter(monkeypatch, stack_object, change)
    rows = run_checks(tmp_path / "report.json", *expected)

    assert {check: (Verdict.DRIFT, name) for check, name in expected.items()} == {
        check: (row["verdict"], row["observed"]) for check, row in rows.items()
    }
    assert all(row["bites"] for check, row in rows.items() if check != ORDER)


def test_another_content_type_is_a_drift(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under another `Content-Type`, checks of anything drift, and say whose doing it is."""
    alter(monkeypatch, stack_object, lambda text: text, content_type="text/plain")
    rows = run_checks(tmp_path / "report.json", CHAT, STREAM, MODELS, REFUSED)

    assert {"content-type"} == {row["observed"] for row in rows.values()}
    assert all("gateway: content-type" in row["evidence"] for row in rows.values())


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("content_length", "1", "content-length"),
        ("content_encoding", "gzip", "content-encoding"),
        ("cache_control", "public, max-age=60", "cacheable"),
        ("set_cookie", "__cf_bm=abc", "cookie"),
        ("content_disposition", "attachment", "stray-header"),
        ("connection", "content-type", "connection"),
        ("x_should_retry", "true", "added-header"),
    ],
)
def test_a_header_field_is_a_drift(
    field: str, value: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under a header field that no answer should have, checks of anything drift and name it."""
    alter(monkeypatch, stack_object, lambda text: text, **{field: value})
    rows = run_checks(tmp_path / "report.json", CHAT, MODELS, REFUSED, RELAYED, OTHER)

    assert {(Verdict.DRIFT, name)} == {(row["verdict"], row["observed"]) for row in rows.values()}


def test_a_model_that_is_not_listed_can_be_looked_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A model that the list has under another name is no error of the check that looks for it."""
    alter(monkeypatch, stack_object, in_objects(renamed))
    rows = run_checks(tmp_path / "report.json", ONE)

    assert Verdict.ERROR not in {row["verdict"] for row in rows.values()}


def test_a_preflight_that_fails_is_a_drift(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A gateway that answers `OPTIONS` with a 500 is seen to fail, and not merely left unseen."""
    statuses(monkeypatch, stack_object, lambda status: 500 if status == NOT_ALLOWED else status)
    rows = run_checks(tmp_path / "report.json", PREFLIGHT)

    assert [(Verdict.DRIFT, "server-error")] == [
        (row["verdict"], row["observed"]) for row in rows.values()
    ]

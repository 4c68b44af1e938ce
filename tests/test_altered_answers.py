"""A fault in the gateway's answers turns a check of the contract by drift: one for each clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.model import Verdict
from conformance.stack.altered_answers import alter, in_objects
from tests.support.harness import run_checks, stack_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.stack.altered_answers import Change

PLAIN = "answer-contract/plain-openai"
STREAMED = "answer-contract/streamed-openai"
CALLS = "answer-contract/calls-openai"
STREAMED_CALLS = "answer-contract/streamed-calls-openai"
MODELS = "answer-contract/model-list"
UNKNOWN = "answer-contract/unknown-model"
BOTH = PLAIN, STREAMED
BOTH_CALLS = CALLS, STREAMED_CALLS
ABSENT = object()


def put(value: Any, *path: str | int, at: int | None = None) -> Change:
    """Return the change that puts a value at a path of each object that has it, or of one."""

    def change(body: Any, place: int) -> None:
        inner = body
        try:
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]]
        except (KeyError, IndexError, TypeError):
            return
        if at is not None and at != place:
            return
        if value is ABSENT:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value

    return in_objects(change)


def in_each_message(change: Callable[[Any], None]) -> Change:
    """Return a change of each message or delta, and of what is called in it."""

    def changed(body: Any, _place: int) -> None:
        for choice in body.get("choices", ()):
            change(choice.get("message", choice.get("delta")))

    return in_objects(changed)


def in_each_call(field: str, value: Any) -> Change:
    """Return the change that sets a field of each call, or of its function."""

    def change(message: Any) -> None:
        for call in message.get("tool_calls") or ():
            holder = call["function"] if field in {"name", "arguments"} else call
            holder[field] = value

    return in_each_message(change)


def numbered(body: Any, place: int) -> None:
    """Give each chunk an id of its own."""
    body["id"] = f"chunk-{place}"


def without_reason(body: Any, _place: int) -> None:
    """Leave the end out."""
    for choice in body.get("choices", ()):
        choice["finish_reason"] = None


FAULTS: dict[str, tuple[tuple[str, ...], Change]] = {
    "id-is-number": (BOTH, put(7, "id")),
    "id-is-empty": (BOTH, put("", "id")),
    "id-is-absent": (BOTH, put(ABSENT, "id")),
    "id-changes": ((STREAMED, STREAMED_CALLS), in_objects(numbered)),
    "object-is-other": (BOTH, put("chat", "object")),
    "object-is-absent": (BOTH, put(ABSENT, "object")),
    "created-is-text": (BOTH, put("1700000000", "created")),
    "created-is-fraction": (BOTH, put(1.5, "created")),
    "created-changes": ((STREAMED,), put(1, "created", at=1)),
    "model-is-null": (BOTH, put(None, "model")),
    "model-changes": ((STREAMED,), put("other", "model", at=1)),
    "choices-are-null": (BOTH, put(None, "choices")),
    "index-is-other": (BOTH, put(5, "choices", 0, "index")),
    "index-is-absent": (BOTH, put(ABSENT, "choices", 0, "index")),
    "message-is-absent": ((PLAIN,), put(ABSENT, "choices", 0, "message")),
    "delta-is-absent": ((STREAMED,), put(ABSENT, "choices", 0, "delta")),
    "role-is-other": ((PLAIN,), put("bot", "choices", 0, "message", "role")),
    "role-of-delta-is-other": ((STREAMED,), put("bot", "choices", 0, "delta", "role")),
    "role-of-delta-is-absent": ((STREAMED,), put(ABSENT, "choices", 0, "delta", "role")),
    "content-is-list": (BOTH, in_each_message(lambda message: message.update(content=["hi"]))),
    "reason-is-absent": (BOTH, in_objects(without_reason)),
    "reason-is-unknown": ((PLAIN,), put("end_turn", "choices", 0, "finish_reason")),
    "reason-in-each-chunk": ((STREAMED,), put("stop", "choices", 0, "finish_reason")),
    "reason-without-call": ((PLAIN,), put("tool_calls", "choices", 0, "finish_reason")),
    "usage-is-null": ((PLAIN,), put(None, "usage")),
    "usage-is-text": ((PLAIN,), put("7", "usage", "prompt_tokens")),
    "usage-adds-up-wrong": ((PLAIN,), put(1, "usage", "total_tokens")),
    "call-id-is-null": (BOTH_CALLS, in_each_call("id", None)),
    "call-id-is-same": ((CALLS,), in_each_call("id", "same")),
    "call-type-is-other": (BOTH_CALLS, in_each_call("type", "tool")),
    "call-name-is-empty": (BOTH_CALLS, in_each_call("name", "")),
    "call-arguments-are-object": (BOTH_CALLS, in_each_call("arguments", {})),
    "call-arguments-are-cut": (BOTH_CALLS, in_each_call("arguments", "{")),
    "call-index-is-null": ((STREAMED_CALLS,), in_each_call("index", None)),
    "call-index-skips": ((STREAMED_CALLS,), in_each_call("index", 3)),
    "body-is-cut": ((PLAIN, CALLS, MODELS, UNKNOWN), lambda text: text[:-1]),
    "event-is-no-json": ((STREAMED, STREAMED_CALLS), lambda text: f"data: oops\n\n{text}"),
    "event-is-cut": ((STREAMED,), lambda text: text.replace("}\n\n", "\n\n", 1)),
    "line-is-no-field": ((STREAMED,), lambda text: f"oops\n\n{text}"),
    "list-is-other-object": (
        (MODELS,),
        in_objects(lambda body, _place: body.update(object="models")),
    ),
    "list-is-no-list": ((MODELS,), put({}, "data")),
    "model-object-is-other": ((MODELS,), put("list", "data", 0, "object")),
    "model-id-is-null": ((MODELS,), put(None, "data", 0, "id")),
    "model-created-is-text": ((MODELS,), put("now", "data", 0, "created")),
    "model-owner-is-absent": ((MODELS,), put(ABSENT, "data", 0, "owned_by")),
    "error-is-text": ((UNKNOWN,), put("no", "error")),
    "error-is-absent": ((UNKNOWN,), put(ABSENT, "error")),
}


def turned(tmp_path: Path, checks: tuple[str, ...]) -> dict[str, Any]:
    """Return the verdicts of checks, by their ids; their evidence where there is no drift."""
    rows = run_checks(tmp_path / "report.json", *checks)
    return {
        check: row["verdict"] if row["verdict"] == Verdict.DRIFT else row["evidence"]
        for check, row in rows.items()
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_drift(fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under a fault of the answers, each check that receives it drifts."""
    checks, change = FAULTS[fault]
    alter(monkeypatch, stack_object, change)

    assert turned(tmp_path, checks) == dict.fromkeys(checks, Verdict.DRIFT)


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream"])
def test_another_content_type_is_a_drift(
    media_type: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under another `Content-Type`, each check of the contract drifts."""
    checks = (*BOTH, *BOTH_CALLS, MODELS, UNKNOWN)
    alter(monkeypatch, stack_object, lambda text: text, media_type)

    assert turned(tmp_path, checks) == dict.fromkeys(checks, Verdict.DRIFT)

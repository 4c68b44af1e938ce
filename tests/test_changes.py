"""A recording says what the vendor changed, all of it and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassettes import changes, recordings, shapes
from conformance.vendors.faults import REMOVED, Fault
from tests.support.recorded import TOP, record

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns


# Vendor, whether it streams, what has changed, and the lines that say so.
type Change = tuple[str, bool, Fault, list[str]]
CHANGES: dict[str, Change] = {
    "nothing": ("openai", False, Fault(), []),
    "other words": ("openai", False, Fault(changes={"choices.*.message.content": "Other"}), []),
    "a new field": (
        "openai",
        False,
        Fault(changes={"choices.*.message.audio": None}),
        ["+ choices[].message.audio: null"],
    ),
    "a field is gone": (
        "anthropic",
        False,
        Fault(changes={"usage.total_tokens": REMOVED}),
        ["- usage.total_tokens: number"],
    ),
    "an object is gone": (
        "openai",
        False,
        Fault(changes={"usage.prompt_tokens_details": REMOVED}),
        ["- usage.prompt_tokens_details: object"],
    ),
    "another type": (
        "gemini",
        False,
        Fault(changes={"choices.*.index": "0"}),
        ["~ choices[].index: number → string"],
    ),
    "another word": (
        "openai",
        False,
        Fault(changes={"choices.*.finish_reason": "eos"}),
        ["~ choices[].finish_reason: stop → eos"],
    ),
    "a new header": (
        "gemini",
        False,
        Fault(headers={"x-ratelimit-limit-requests": "5", "x-secret": "no"}),
        ["+ header x-ratelimit-limit-requests"],
    ),
    "another status": (
        "openai",
        False,
        Fault(error="rate-limit"),
        [
            "~ status: 200 → 429",
            "~ header content-type: application/json → application/json; charset=utf-8",
            "- header openai-version",
            "+ header vary: Origin",
            "- header x-ratelimit-limit-requests",
            "- header x-ratelimit-limit-tokens",
            "- header x-ratelimit-remaining-requests",
            "- header x-ratelimit-remaining-tokens",
            "- header x-ratelimit-reset-requests",
            "- header x-ratelimit-reset-tokens",
            "+ error: object",
            "- id: string",
            "- object: string",
            "- created: number",
            "- model: string",
            "- choices: array",
            "- usage: object",
            "- service_tier: string",
            "- system_fingerprint: string",
        ],
    ),
    "role on each delta": (
        "openai",
        True,
        Fault(changes={"choices.*.delta.role": "assistant"}),
        [
            "~ stream, role: on the first delta → on each delta",
            "~ stream, finish_reason: null before, without a delta → null before, with a delta",
        ],
    ),
    "no role at all": (
        "gemini",
        True,
        Fault(changes={"choices.*.delta.role": REMOVED}),
        ["~ stream, role: on each delta → on no delta"],
    ),
    "no [DONE]": (
        "anthropic",
        True,
        Fault(done=False),
        ["~ stream, end: [DONE] → without [DONE]"],
    ),
    "usage on each chunk": (
        "openai",
        True,
        Fault(changes={"usage": {"total_tokens": 3}}),
        ["~ stream, usage: none → on each chunk"],
    ),
    "finish_reason is spelt out": (
        "gemini",
        True,
        Fault(changes={"choices.*.finish_reason": "stop"}),
        ["~ stream, finish_reason: absent before, with a delta → at once, with a delta"],
    ),
    "pings": (
        "anthropic",
        True,
        Fault(insert=b": ping\n\nevent: ping\ndata: {}\n\n"),
        ["~ stream, besides data: nothing → comment, event"],
    ),
    "a field of a chunk is gone": (
        "openai",
        True,
        Fault(changes={"obfuscation": REMOVED}),
        ["- obfuscation: string"],
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_exactly_the_change_is_told(tmp_path: Path, stand_ins: StandIns, change: Change) -> None:
    """Against a vendor that has changed, recording prints that change and no other line."""
    upstream, stream, fault, lines = change
    stand_ins.clear()
    fields: dict[str, Any] = {"stream": True} if stream else {}
    record(tmp_path, stand_ins, upstream, **fields)
    stand_ins.inject(upstream, fault)

    result = record(tmp_path, stand_ins, upstream, **fields)

    told = result.of(upstream).changes.get("chat", [])
    assert [f"  {line}" for line in lines] == told[1:]
    assert bool(lines) == bool(told)
    assert all("chat/completions" in line for line in told[:1])


def interaction(status: int = 200, body: Any = None, model: str = "m") -> recordings.Interaction:
    """Return an interaction with a JSON body."""
    asked = {"uri": "https://x.test/v1/chat", "method": "POST", "body": f'{{"model": "{model}"}}'}
    answered = {"status": {"code": status}, "headers": {}, "body": {"string": json.dumps(body)}}
    return {"request": asked, "response": answered}


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ([], [1], []),
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {}], ["~ [].a: number → absent or number"]),
        ({"a": []}, {"a": [{"b": 1}]}, []),
        ({"a": None}, {"a": {"b": 1}}, ["~ a: null → object"]),
        ({"a": True}, {"a": 1}, ["~ a: boolean → number"]),
        ({"a": 1}, {"a": 1.5}, []),
        ({"error": {"code": None}}, [{"error": {"code": 400}}], ["- error: object"]),
    ],
)
def test_json_is_compared_by_its_shape(old: Any, new: Any, lines: list[str]) -> None:
    """Fields and types count; how many elements an array has, and what numbers say, does not."""
    told = changes.between(
        recordings.Recording(TOP, [interaction(body={"x": old} if not lines else old)]),
        recordings.Recording(TOP, [interaction(body={"x": new} if not lines else new)]),
    )

    assert [f"  {line}" for line in lines] == told[1:]


def test_requests_that_come_and_go_are_told() -> None:
    """A request that is new, or asked no more, is named by method, path and model."""
    old = recordings.Recording(TOP, [interaction(model="a"), interaction(model="b")])
    new = recordings.Recording(TOP, [interaction(model="b"), interaction(model="c")])

    assert changes.between(old, new) == ["- POST /v1/chat a", "+ POST /v1/chat c"]
    assert changes.between(None, old) == ["+ POST /v1/chat a", "+ POST /v1/chat b"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "empty"), ("{}", "JSON"), ("<html>", "text"), ("data: x", "stream"), ("7", "text")],
)
def test_bodies_are_of_four_kinds(text: str, kind: str) -> None:
    """A body that turns from one kind into another is told as that and nothing else."""
    assert kind == shapes.kind(text)
    old, new = interaction(body=[]), interaction()
    new["response"]["body"]["string"] = text
    told = changes.between(recordings.Recording(TOP, [old]), recordings.Recording(TOP, [new]))

    assert told[1:] == ([] if kind == "JSON" else [f"  ~ body: JSON → {kind}"]) or text == "{}"

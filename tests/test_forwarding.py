"""What was sent and what arrived are compared field by field."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.stack import forwarding
from conformance.stack.client import Answer


class Gateway:
    """A gateway that lets the vendor receive a body of its own, or nothing."""

    def __init__(self, requests: list[Any], got: Any, answer: Answer) -> None:
        """Let `requests` fill with `got`, and answer so."""
        self.requests, self.got, self.answer = requests, got, answer

    async def chat(self, _model: str, **_fields: Any) -> Answer:
        """Answer as it was told to."""
        if self.got is not None:
            self.requests.append(Received(self.got))
        return self.answer


class Received:
    """A request as a vendor receives it."""

    method = "POST"

    def __init__(self, body: Any) -> None:
        """Have this body."""
        self.json = body


@pytest.mark.parametrize(
    ("sent", "got", "name"),
    [
        ({"a": 1}, {"a": 1.0}, "as-sent"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "as-sent"),
        ({"a": True}, {"a": 1}, "rewritten"),
        ({"a": "1"}, {"a": 1}, "rewritten"),
        ({"a": None}, {}, "dropped"),
        ({}, {"a": None}, "added"),
        ({"a": [{"b": 1}]}, {"a": [{}]}, "dropped"),
        ({"a": [1]}, {"a": [1, 2]}, "added"),
        ({"a": [1, 2]}, {"a": [2]}, "several"),
        ({"a": 1}, {"b": 1}, "several"),
    ],
)
def test_one_name_says_how_two_values_differ(sent: Any, got: Any, name: str) -> None:
    """Numbers differ by value, not by type; a null is something, and so is an element."""
    assert forwarding.named(sent, got) == name


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (Answer(400, {}, "seed is no number"), "refused"),
        (Answer(400, {}, "no"), "refused-unexplained"),
        (Answer(500, {}, "seed"), "server-error"),
        (Answer(200, {}, 'data: {"error": {}}'), "error-in-stream"),
    ],
)
def test_what_was_not_sent_is_named_by_its_answer(answer: Answer, name: str) -> None:
    """A refusal explains itself if its text has the name of the field."""
    requests: list[Any] = []
    gateway: Any = Gateway(requests, None, answer)
    way = forwarding.Asking(gateway, requests, "m", {})

    assert asyncio.run(forwarding.fate(way, "seed", {"seed": 1}))[0] == name


@pytest.mark.parametrize(
    ("got", "name"),
    [
        ({"model": "m", "messages": [], "seed": 1}, "as-sent"),
        ({"model": "m", "messages": []}, "dropped"),
        ({"model": "m", "messages": [], "seed": 1, "top_p": 1}, "added"),
        ({"model": "m", "messages": [], "random_seed": 1}, "renamed"),
        ({"model": "m", "messages": [], "random_seed": 2}, "several"),
    ],
)
def test_what_arrives_is_compared_without_what_every_request_has(
    got: dict[str, Any], name: str
) -> None:
    """Model and messages are in every request; another field than the one sent is named."""
    requests: list[Any] = []
    gateway: Any = Gateway(requests, got, Answer(400, {}, ""))
    way = forwarding.Asking(gateway, requests, "m", {})

    assert asyncio.run(forwarding.fate(way, "seed", {"seed": 1}))[0] == name


def test_every_outcome_but_one_hurts() -> None:
    """All sentences but that of what arrives as it was sent are of outcomes that bite."""
    assert {name.replace("_", "-") for name in forwarding.SENTENCES} - forwarding.HURTS == {
        forwarding.AS_SENT
    }

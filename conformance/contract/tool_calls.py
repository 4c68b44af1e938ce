"""What a tool call is: whole in a plain answer, in fragments that its index joins in a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.contract import fields, json_body
from conformance.contract.deviation import CONTRACT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def whole(message: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    """Yield the deviations of the calls of a message; none if it has none."""
    if message.get("tool_calls") is None:
        return
    calls, strays = json_body.objects(message, "tool_calls", path, "tool-calls")
    yield from strays
    yield from _call_ids(calls, path)
    for place, call in enumerate(calls):
        at = f"{path}.tool_calls[{place}]"
        yield from fields.one_of(call, "type", at, "tool-call-type", {"function"})
        function = call.get("function")
        if not isinstance(function, dict):
            yield Deviation("tool-call-function", CONTRACT, f"{at}.function", shown(function))
            continue
        yield from fields.text(function, "name", f"{at}.function", "tool-call-name")
        yield from _arguments(function.get("arguments"), f"{at}.function.arguments")


def _call_ids(calls: list[Mapping[str, Any]], path: str) -> Iterator[Deviation]:
    seen: set[str] = set()
    for place, call in enumerate(calls):
        at = f"{path}.tool_calls[{place}]"
        wrong = list(fields.text(call, "id", at, "tool-call-id"))
        yield from wrong
        if not wrong and call["id"] in seen:
            yield Deviation("tool-call-id", CONTRACT, f"{at}.id", "that of another call")
        seen |= set() if wrong else {call["id"]}


def _arguments(arguments: Any, path: str) -> Iterator[Deviation]:
    try:
        fits = isinstance(json.loads(arguments), dict)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        yield Deviation("tool-call-arguments", CONTRACT, path, shown(arguments))


def fragments(deltas: Sequence[Mapping[str, Any]], path: str) -> Iterator[Deviation]:
    """Yield the deviations of the calls in the deltas of one choice, and of what they join to."""
    joined: dict[int, dict[str, Any]] = {}
    for place, delta in enumerate(deltas):
        at = f"{path}.delta {place}"
        if delta.get("tool_calls") is None:
            continue
        parts, strays = json_body.objects(delta, "tool_calls", at, "tool-calls")
        yield from strays
        for part in parts:
            yield from _fragment(part, joined, f"{at}.tool_calls")
    yield from whole({"tool_calls": list(joined.values())} if joined else {}, f"{path} joined")


def _fragment(
    part: Mapping[str, Any], joined: dict[int, dict[str, Any]], path: str
) -> Iterator[Deviation]:
    wrong = list(fields.integer(part, "index", path, "tool-call-index"))
    yield from wrong
    # A client that finds no index takes each fragment for a call of its own.
    index = len(joined) if wrong else part["index"]
    if not wrong and index > len(joined):
        yield Deviation("tool-call-index", CONTRACT, f"{path}.index", shown(index))
    later = index in joined
    function = part.get("function")
    if not isinstance(function, dict):
        yield Deviation("tool-call-function", CONTRACT, f"{path}.function", shown(function))
        function = {}
    if later:  # clients join strings, or keep the first: null is neither
        yield from fields.never_null(part, (), path, "tool-call-null", CONTRACT)
        yield from fields.never_null(function, (), f"{path}.function", "tool-call-null", CONTRACT)
    call = joined.setdefault(index, {"id": None, "type": None, "function": {"arguments": ""}})
    for field in ("id", "type"):
        call[field] = call[field] or part.get(field)
    call["function"].setdefault("name", function.get("name"))
    yield from fields.text_or_null(function, "arguments", path, "tool-call-arguments")
    arguments = function.get("arguments")
    call["function"]["arguments"] += arguments if isinstance(arguments, str) else ""

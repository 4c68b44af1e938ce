"""Reads a stream of server-sent events strictly: every event is JSON, and `[DONE]` is the last.

Lines end with LF, CRLF or CR; a comment (`: ping`) is no event; several `data:` lines of one event
are joined by a line feed, all as the HTML standard has it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.contract import json_body, json_text
from conformance.contract.deviation import (
    CONTRACT,
    STRICT,
    Answer,
    Deviation,
    media_type,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DONE = "[DONE]"
ENDS = {"CRLF": r"\r\n", "CR": r"\r(?!\n)"}
LINE_END = re.compile(r"\r\n|\r|\n")
FIELDS = {"data", "event", "id", "retry"}


def read(answer: Answer) -> tuple[list[Mapping[str, Any]], list[Deviation]]:
    """Return the JSON objects of a stream in their order, and the deviations of the transport."""
    found = [*media_type(answer, "text/event-stream"), *_lines(answer.text)]
    events = list(_data(answer.text))
    objects: list[Mapping[str, Any]] = []
    for place, event in enumerate(event for event in events if event != DONE):
        body = _parsed(event)
        found += json_body.disputed(body, f"event {place}")
        if isinstance(body.value, dict):
            objects.append(body.value)
        else:
            found.append(Deviation("event-not-json", CONTRACT, f"event {place}", shown(event)))
    return objects, [*found, *_end(answer.text, events)]


def framing(text: str) -> set[str]:
    """Return in what a stream's lines are more than `data: ` and JSON, each ended by LF.

    All of it is allowed; readers that split lines by hand know nothing of it.
    """
    forms = {name for name, ends in ENDS.items() if re.search(ends, text)}
    for line in LINE_END.split(text):
        name, _, value = line.partition(":")
        if name != "data" and line:
            forms.add(f"lines of {name}" if name else "comments")
        elif line and (value[:1] != " " or value[1:2] == " "):
            forms.add("data after no blank, or several")
    if any("\n" in data for data in _data(text)):
        forms.add("several data lines in one event")
    return forms


def without_errors(
    chunks: list[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[Deviation]]:
    """Return the chunks of a stream but for the errors in it, and a deviation for each of those."""
    errors = [chunk for chunk in chunks if "error" in chunk and "choices" not in chunk]
    found = [Deviation("error-event", CONTRACT, "event", shown(each)) for each in errors]
    return [chunk for chunk in chunks if chunk not in errors], found


def _end(text: str, events: list[str]) -> Iterator[Deviation]:
    if DONE not in events:
        yield Deviation("no-done", CONTRACT, "end", shown(events[-1]) if events else "no event")
    elif events.index(DONE) != len(events) - 1:
        yield Deviation("after-done", CONTRACT, "end", shown(events[-1]))
    if text and not re.search(r"(\r\n|\r|\n)\1\Z", text):
        yield Deviation("event-not-ended", STRICT, "end", shown(text[-20:]))


def _lines(text: str) -> Iterator[Deviation]:
    for line in LINE_END.split(text):
        if line and not line.startswith(":") and line.partition(":")[0] not in FIELDS:
            yield Deviation("line-of-no-field", CONTRACT, "line", shown(line))


def _data(text: str) -> Iterator[str]:
    for block in re.split(r"(?:\r\n|\r|\n){2,}", text):
        lines = (line for line in LINE_END.split(block) if line.startswith("data:"))
        data = [line.removeprefix("data:").removeprefix(" ") for line in lines]
        if data:
            yield "\n".join(data)


def _parsed(event: str) -> json_text.Parsed:
    try:
        return json_text.parsed(event)
    except ValueError:
        return json_text.Parsed(None)

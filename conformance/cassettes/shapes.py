"""Computes the shape of an answer: its fields and their types, and how a stream is framed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from conformance.cassettes import recordings

TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
}
ABSENT = "absent"
# Fields whose value is one of a few words that programs look at.
WORDS = frozenset({"code", "finish_reason", "object", "param", "role", "status", "type"})
# What `framing` says about a stream is not said again field by field.
FRAMED = frozenset({"usage", "choices[].delta.role", "choices[].finish_reason"})


@dataclass(slots=True)
class Shape:
    """The types found at each path (`choices[].message.content`), and the words of some fields."""

    types: dict[str, set[str]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)
    framed: frozenset[str] = frozenset()

    def could_hold(self, path: str) -> bool:
        """Return whether a path that is missing here could have been there.

        It could not below an empty array, or below what is no object; and of a stream `framing`
        has said some of it.
        """
        if path.endswith("[]") or path in self.framed:
            return False
        above, _, _name = path.rpartition(".")
        return not above or "object" in self.types.get(above, ())

    def add(self, path: str, value: Any) -> None:
        """Add a value, and all that it holds, at a path."""
        if path:
            self.types.setdefault(path, set()).add(TYPES[type(value)])
        if path.rpartition(".")[2] in WORDS and isinstance(value, str | int):
            self.words.setdefault(path, set()).add(str(value))
        if isinstance(value, dict):
            for name, child in value.items():
                self.add(f"{path}.{name}" if path else name, child)
        elif isinstance(value, list):
            for child in value:
                self.add(f"{path}[]", child)
            self._mark_absent([child for child in value if isinstance(child, dict)], path)

    def _mark_absent(self, siblings: list[dict[str, Any]], path: str) -> None:
        for name in {name for each in siblings for name in each}:
            if not all(name in each for each in siblings):
                self.types[f"{path}[].{name}"].add(ABSENT)


def kind(body: str) -> str:
    """Return what a body is: `JSON`, `stream`, `text`, or `empty`."""
    if not body.strip():
        return "empty"
    if isinstance(recordings.parsed(body), dict | list):
        return "JSON"
    streamed = any(line.startswith(("data:", "event:")) for line in body.splitlines())
    return "stream" if streamed else "text"


def shape(value: Any) -> Shape:
    """Return the shape of a JSON value."""
    found = Shape()
    found.add("", value)
    return found


def stream_shape(body: str) -> Shape:
    """Return the shape of all events of a stream together, apart from what `framing` says."""
    found = Shape(framed=FRAMED)
    for chunk in _events(body):
        found.add("", chunk)
    for path, types in found.types.items():
        types.discard(ABSENT)  # what comes with the first event only, or the last
        if path in FRAMED and "object" in types:
            types.intersection_update({"object"})
    for path in [path for path in FRAMED & found.types.keys() if "object" not in found.types[path]]:
        del found.types[path]
    for path in FRAMED & found.words.keys():
        del found.words[path]
    return found


def _events(body: str) -> list[dict[str, Any]]:
    texts = [line.removeprefix("data:") for line in body.splitlines() if line.startswith("data:")]
    return [event for event in map(recordings.parsed, texts) if isinstance(event, dict)]


def framing(body: str) -> dict[str, str]:
    """Return how a stream of chat completions is framed, one sentence a topic."""
    events = _events(body)
    choices = [c for e in events for c in e.get("choices") or [] if isinstance(c, dict)]
    deltas = [c["delta"] for c in choices if isinstance(c.get("delta"), dict)]
    lines = body.splitlines()
    fields = {line.partition(":")[0] or "comment" for line in lines if line} - {"data"}
    done = any(line.removeprefix("data:").strip() == "[DONE]" for line in lines)
    return {
        "role": _where(["role" in delta for delta in deltas], "delta"),
        "usage": _usage(events),
        "finish_reason": _finish(choices),
        "end": "[DONE]" if done else "without [DONE]",
        "besides data": ", ".join(sorted(fields)) or "nothing",
    }


def _where(marks: list[bool], what: str) -> str:
    if not any(marks):
        return f"on no {what}"
    if all(marks):
        return f"on each {what}"
    return f"on the first {what}" if marks[0] and sum(marks) == 1 else f"on some {what}s"


def _usage(events: list[dict[str, Any]]) -> str:
    given = [event for event in events if event.get("usage") is not None]
    others = ", null before" if any(event.get("usage", 0) is None for event in events) else ""
    if not given:
        return f"none{others}"
    if len(given) == len(events) > 1:
        return "on each chunk"
    if len(given) == 1 and given[0] is events[-1]:
        return (
            f"on the last chunk, {'with' if given[0].get('choices') else 'without'} choices{others}"
        )
    return f"on some chunks{others}"


def _finish(choices: list[dict[str, Any]]) -> str:
    last = [choice for choice in choices if choice.get("finish_reason") is not None]
    rest = [choice for choice in choices if choice.get("finish_reason") is None]
    if not last:
        return "none"
    before = "null before" if any("finish_reason" in choice for choice in rest) else "absent before"
    told = any(choice.get("delta") for choice in last)
    return f"{before if rest else 'at once'}, {'with' if told else 'without'} a delta"

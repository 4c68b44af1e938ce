"""Compares a new recording with the one it replaces: what the vendor changed.

Only what a caller could depend on is compared: statuses, headers, the fields of JSON and their
types, how a stream is framed. Words, ids, times and counts differ from one day to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.cassettes import model_lists, recordings
from conformance.cassettes.shapes import Shape, framing, kind, shape, stream_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.cassettes.recordings import Interaction, Recording

# Their presence is a fact; their values are of the moment.
VOLATILE = ("x-ratelimit-", "anthropic-ratelimit-", "retry-after", "x-request-id")


def between(old: Recording | None, new: Recording) -> list[str]:
    """Return the lines of the difference; [] if a caller could see none.

    Requests are compared by their meaning, so one that the stack now sends otherwise is a new one.
    """
    if old is None:
        return [f"+ {_title(each)}" for each in new.interactions]
    before = {recordings.request_of(each): each for each in old.interactions}
    after = {recordings.request_of(each): each for each in new.interactions}
    lines = [f"- {_title(each)}" for asked, each in before.items() if asked not in after]
    for asked, each in after.items():
        if asked not in before:
            lines.append(f"+ {_title(each)}")
        elif found := [
            *_models(before[asked], each),
            *_answer(before[asked]["response"], each["response"]),
        ]:
            lines += [_title(each), *(f"  {line}" for line in found)]
    return lines


def _title(interaction: Interaction) -> str:
    request = interaction["request"]
    parts = urlsplit(request["uri"])
    sent = recordings.parsed(request.get("body") or "")
    fields = sent if isinstance(sent, dict) else {}
    words = [request["method"], parts.path + (f"?{parts.query}" if parts.query else "")]
    words += [str(fields["model"])] if "model" in fields else []
    return " ".join([*words, "streamed"] if fields.get("stream") else words)


def _models(old: Interaction, new: Interaction) -> Iterator[str]:
    before, after = (model_lists.names(model_lists.listed(each) or ()) for each in (old, new))
    if before and after:
        for sign, names in (("+", after - before), ("-", before - after)):
            if names:
                yield f"{sign} models: {', '.join(sorted(names))}"


def _answer(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["status"]["code"] != new["status"]["code"]:
        yield f"~ status: {old['status']['code']} → {new['status']['code']}"
    yield from _headers(old.get("headers") or {}, new.get("headers") or {})
    texts = old["body"]["string"], new["body"]["string"]
    kinds = kind(texts[0]), kind(texts[1])
    if kinds[0] != kinds[1]:
        yield f"~ body: {kinds[0]} → {kinds[1]}"
    elif kinds[0] == "JSON":
        yield from _fields(shape(recordings.parsed(texts[0])), shape(recordings.parsed(texts[1])))
    elif kinds[0] == "stream":
        yield from _framing(framing(texts[0]), framing(texts[1]))
        yield from _fields(stream_shape(texts[0]), stream_shape(texts[1]))


def _headers(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        volatile = name.startswith(VOLATILE)
        if name not in old:
            yield f"+ header {name}" + ("" if volatile else f": {', '.join(new[name])}")
        elif name not in new:
            yield f"- header {name}"
        elif old[name] != new[name] and not volatile:
            yield f"~ header {name}: {', '.join(old[name])} → {', '.join(new[name])}"


def _framing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in old:
        if old[name] != new[name]:
            yield f"~ stream, {name}: {old[name]} → {new[name]}"


def _fields(old: Shape, new: Shape) -> Iterator[str]:
    for path, types in new.types.items():
        if path not in old.types and old.could_hold(path):
            yield f"+ {path}: {' or '.join(sorted(types))}"
    for path, types in old.types.items():
        if path not in new.types and new.could_hold(path):
            yield f"- {path}: {' or '.join(sorted(types))}"
        elif path in new.types and types != new.types[path]:
            yield f"~ {path}: {' or '.join(sorted(types))} → {' or '.join(sorted(new.types[path]))}"
        elif path in new.types and old.words.get(path) != new.words.get(path):
            yield f"~ {path}: {_said(old, path)} → {_said(new, path)}"


def _said(of: Shape, path: str) -> str:
    return " or ".join(sorted(of.words.get(path, ())))

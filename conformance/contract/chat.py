"""What a chat completion is, plain and streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import events, fields, head, json_body, logprobs, tool_calls, usage
from conformance.contract.deviation import CONTRACT, STRICT, Answer, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENDS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
CALLS = {"tool_calls", "function_call"}
# What the description lets be null in a delta, and in a choice of a chunk.
NULL_IN_DELTA = {"content", "refusal"}
NULL_IN_CHOICE = {"finish_reason", "logprobs"}


def plain(answer: Answer, *, choices: int | None = None) -> list[Deviation]:
    """Return the deviations of a plain chat completion with so many `choices`, if it is known."""
    body, found = json_body.read(answer)
    if body is None:
        return found
    found += head.deviations(body, "chat.completion")
    given, strays = json_body.objects(body, "choices", "$", "choices")
    found += strays
    if not strays and (not given or choices not in {None, len(given)}):
        found.append(Deviation("choices", CONTRACT, "$.choices", f"{len(given)} of {choices}"))
    for place, choice in enumerate(given):
        found += head.index(choice, place, f"$.choices[{place}]")
        found += _choice(choice, f"$.choices[{place}]")
    return [*found, *usage.deviations(body.get("usage"), "$.usage")]


def _choice(choice: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    yield from fields.one_of(choice, "finish_reason", path, "finish-reason", ENDS)
    yield from logprobs.deviations(choice, path)
    message = choice.get("message")
    if not isinstance(message, dict):
        yield Deviation("message", CONTRACT, f"{path}.message", shown(message))
        return
    at = f"{path}.message"
    yield from fields.one_of(message, "role", at, "role", {"assistant"})
    yield from fields.text_or_null(message, "content", at, "content")
    yield from fields.text_or_null(message, "refusal", at, "refusal")
    yield from tool_calls.whole(message, at)
    calls = bool(message.get("tool_calls"))
    yield from _ending(choice.get("finish_reason"), path, calls=calls)
    if not calls and message.get("content") is None and message.get("refusal") is None:
        yield Deviation("content", CONTRACT, f"{at}.content", "no words and no call")
    allowed = {"content", "refusal"}
    yield from fields.never_null(message, allowed, at, "explicit-null", STRICT)
    yield from fields.never_null(choice, {"logprobs"}, path, "explicit-null", STRICT)
    yield from fields.required(message, ("content", "refusal"), at, "absent-field", STRICT)
    yield from fields.required(choice, ("logprobs",), path, "absent-field", STRICT)


def _ending(reason: Any, path: str, *, calls: bool) -> Iterator[Deviation]:
    """A caller runs its tools when the reason says so; a tool that must be called ends by stop."""
    if reason in CALLS and not calls:
        yield Deviation("finish-reason", CONTRACT, f"{path}.finish_reason", "calls without a call")
    if reason == "stop" and calls:
        yield Deviation("finish-reason-of-calls", STRICT, f"{path}.finish_reason", "stop, calls")


def streamed(answer: Answer, *, with_usage: bool = False) -> list[Deviation]:
    """Return the deviations of a chat stream; `with_usage` if its request asked for the usage."""
    chunks, found = events.read(answer)
    chunks, failed = events.without_errors(chunks)
    found += failed
    found += head.of_chunks(chunks, "chat.completion.chunk")
    by_index: dict[int, list[Mapping[str, Any]]] = {}
    for place, chunk in enumerate(chunks):
        choices, strays = json_body.objects(chunk, "choices", f"chunk {place}", "choices")
        found += strays
        for choice in choices:
            at = f"chunk {place}.choices"
            wrong = list(fields.integer(choice, "index", at, "index"))
            found += [*wrong, *_delta(choice, at)]
            by_index.setdefault(0 if wrong else choice["index"], []).append(choice)
    if sorted(by_index) != list(range(len(by_index))) or not by_index:
        found.append(Deviation("index", CONTRACT, "choices", shown(sorted(by_index))))
    for index, pieces in by_index.items():
        found += _whole(pieces, f"choice {index}")
    return [*found, *_usage(chunks, asked=with_usage)]


def _delta(choice: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        yield Deviation("delta", CONTRACT, f"{path}.delta", shown(delta))
        return
    yield from logprobs.deviations(choice, path)
    yield from fields.text_or_null(delta, "content", f"{path}.delta", "content")
    yield from fields.text_or_null(delta, "refusal", f"{path}.delta", "refusal")
    yield from fields.never_null(delta, NULL_IN_DELTA, f"{path}.delta", "explicit-null", STRICT)
    yield from fields.never_null(choice, NULL_IN_CHOICE, path, "explicit-null", STRICT)
    if delta.get("role") is not None:
        yield from fields.one_of(delta, "role", f"{path}.delta", "role", {"assistant"})
    if choice.get("finish_reason") is not None:
        yield from fields.one_of(choice, "finish_reason", path, "finish-reason", ENDS)


def _whole(choices: list[Mapping[str, Any]], path: str) -> Iterator[Deviation]:
    deltas = [delta for choice in choices if isinstance(delta := choice.get("delta"), dict)]
    if deltas and deltas[0].get("role") is None:
        yield Deviation("role", CONTRACT, f"{path}.delta.role", "absent from the first delta")
    reasons = [choice.get("finish_reason") for choice in choices]
    ended = [reason for reason in reasons if reason is not None]
    if len(ended) != 1 or reasons[-1] is None:
        yield Deviation("finish-reason", CONTRACT, f"{path}.finish_reason", shown(reasons))
    calls = any(delta.get("tool_calls") for delta in deltas)
    yield from _ending(ended[-1] if ended else None, path, calls=calls)
    yield from tool_calls.fragments(deltas, path)


def _usage(chunks: list[Mapping[str, Any]], *, asked: bool) -> Iterator[Deviation]:
    yield from usage.of_chunks(chunks, asked=asked)
    if not asked and any("usage" in chunk for chunk in chunks):
        yield Deviation("usage-unasked", STRICT, "usage", "reported, and not asked for")

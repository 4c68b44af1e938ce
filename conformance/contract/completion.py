"""What a legacy completion is, plain and streamed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from conformance.contract import events, fields, head, json_body, usage
from conformance.contract.deviation import CONTRACT, STRICT, Answer, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KIND = "text_completion"
ENDS = {"stop", "length", "content_filter"}


def plain(answer: Answer, *, count: int | None = None) -> list[Deviation]:
    """Return the deviations of a plain legacy completion of so many choices, if it is known."""
    body, found = json_body.read(answer)
    if body is None:
        return found
    found += head.deviations(body, KIND)
    choices, strays = json_body.objects(body, "choices", "$", "choices")
    found += strays
    if not strays and (not choices or count not in {None, len(choices)}):
        found.append(Deviation("choices", CONTRACT, "$.choices", f"{len(choices)} of {count}"))
    for place, choice in enumerate(choices):
        path = f"$.choices[{place}]"
        found += head.index(choice, place, path)
        found += _text(choice, path)
        found += fields.one_of(choice, "finish_reason", path, "finish-reason", ENDS)
        found += fields.required(choice, ("logprobs",), path, "absent-field", STRICT)
    return [*found, *usage.deviations(body.get("usage"), "$.usage")]


def streamed(answer: Answer, *, with_usage: bool = False) -> list[Deviation]:
    """Return the deviations of a legacy stream; `with_usage` if its request asked for the usage."""
    chunks, found = events.read(answer)
    chunks, failed = events.without_errors(chunks)
    found += failed
    found += head.of_chunks(chunks, KIND)
    reasons: dict[Any, list[Any]] = defaultdict(list)
    for place, chunk in enumerate(chunks):
        at = f"chunk {place}"
        choices, strays = json_body.objects(chunk, "choices", at, "choices")
        found += strays
        for choice in choices:
            found += [*fields.integer(choice, "index", at, "index"), *_text(choice, at)]
            reasons[choice.get("index")].append(choice.get("finish_reason"))
    for own in reasons.values() or [[]]:
        ended = [reason for reason in own if reason is not None]
        if len(ended) != 1 or own[-1] not in ENDS:
            found.append(Deviation("finish-reason", CONTRACT, "finish_reason", shown(own)))
    return [*found, *usage.of_chunks(chunks, asked=with_usage)]


def _text(choice: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    if not isinstance(choice.get("text"), str):
        yield Deviation("text", CONTRACT, f"{path}.text", shown(choice.get("text")))

"""What a legacy completion is, plain and streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import events, fields, head, json_body, usage
from conformance.contract.deviation import CONTRACT, STRICT, Answer, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KIND = "text_completion"
ENDS = {"stop", "length", "content_filter"}


def plain(answer: Answer) -> list[Deviation]:
    """Return the deviations of a plain legacy completion."""
    body, found = json_body.read(answer)
    if body is None:
        return found
    found += head.deviations(body, KIND)
    choices, strays = json_body.objects(body, "choices", "$", "choices")
    found += strays
    if not choices and not strays:
        found.append(Deviation("choices", CONTRACT, "$.choices", "empty"))
    for place, choice in enumerate(choices):
        path = f"$.choices[{place}]"
        found += head.index(choice, place, path)
        found += _text(choice, path)
        found += fields.one_of(choice, "finish_reason", path, "finish-reason", ENDS)
        found += fields.required(choice, ("logprobs",), path, "absent-field", STRICT)
    return [*found, *usage.deviations(body.get("usage"), "$.usage")]


def streamed(answer: Answer) -> list[Deviation]:
    """Return the deviations of a legacy stream of one choice."""
    chunks, found = events.read(answer)
    chunks, failed = events.without_errors(chunks)
    found += failed
    found += head.of_chunks(chunks, KIND)
    reasons: list[Any] = []
    for place, chunk in enumerate(chunks):
        at = f"chunk {place}"
        choices, strays = json_body.objects(chunk, "choices", at, "choices")
        found += strays
        for choice in choices:
            found += [*fields.integer(choice, "index", at, "index"), *_text(choice, at)]
            reasons.append(choice.get("finish_reason"))
    ended = [reason for reason in reasons if reason is not None]
    if len(ended) != 1 or reasons[-1] not in ENDS:
        found.append(Deviation("finish-reason", CONTRACT, "finish_reason", shown(reasons)))
    return found


def _text(choice: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    if not isinstance(choice.get("text"), str):
        yield Deviation("text", CONTRACT, f"{path}.text", shown(choice.get("text")))

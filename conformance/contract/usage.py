"""What the usage of an answer is: integers, and a total that is the sum of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import fields
from conformance.contract.deviation import CONTRACT, STRICT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHAT = "prompt_tokens", "completion_tokens"
INPUT = ("prompt_tokens",)


def deviations(usage: Any, path: str, parts: tuple[str, ...] = CHAT) -> Iterator[Deviation]:
    """Yield the deviations of a usage; `parts` add up to its total."""
    if not isinstance(usage, dict):
        yield Deviation("usage", CONTRACT, path, shown(usage))
        return
    for field in (*parts, "total_tokens"):
        yield from fields.integer(usage, field, path, "usage")
    counts: list[Any] = [usage.get(field) for field in parts]
    total = usage.get("total_tokens")
    if not all(map(fields.is_count, [*counts, total])):
        return
    if sum(counts) != total:
        yield Deviation("usage-sum", CONTRACT, f"{path}.total_tokens", shown(usage))


def of_chunks(chunks: Sequence[Mapping[str, Any]], *, asked: bool) -> Iterator[Deviation]:
    """Yield the deviations of the usage that a stream reports, or owes if it was `asked`."""
    reported = [chunk["usage"] for chunk in chunks if chunk.get("usage") is not None]
    for place, found in enumerate(reported):
        yield from deviations(found, f"usage {place}")
    if asked and not reported:
        yield Deviation("usage", CONTRACT, "usage", "absent from the stream")
    if asked and reported and (chunks[-1].get("usage") is None or chunks[-1].get("choices")):
        yield Deviation("usage-chunk", STRICT, "usage", "not in a last chunk without choices")

"""What the probabilities of a chat's tokens are: text, a logarithm, and bytes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract.deviation import CONTRACT, Deviation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def deviations(choice: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    """Yield the deviations of the probabilities of a choice; none if it has none."""
    found = choice.get("logprobs")
    if found is None:
        return
    tokens = found.get("content") if isinstance(found, dict) else found
    if tokens is not None and not isinstance(tokens, list):
        yield Deviation("logprobs", CONTRACT, f"{path}.logprobs", shown(found))
        return
    for place, token in enumerate(tokens or []):
        if not _is_whole(token):
            yield Deviation("logprobs", CONTRACT, f"{path}.logprobs[{place}]", shown(token))


def _is_whole(token: Any) -> bool:
    if not isinstance(token, dict) or not isinstance(token.get("token"), str):
        return False
    number, octets = token.get("logprob"), token.get("bytes")
    whole = isinstance(number, int | float) and not isinstance(number, bool) and number <= 0
    return whole and (octets is None or isinstance(octets, list))

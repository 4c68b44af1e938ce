"""Estimates what a recording will ask each vendor for, from what was recorded before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.cassettes import model_lists, recordings

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

LETTERS_A_TOKEN: Final = 4
UNLIMITED: Final = 200  # tokens of a chat that asks for no limit: its prompt is two words


@dataclass(slots=True)
class Estimate:
    """Requests to one vendor, and the tokens that they can cost at most."""

    requests: int = 1  # the first one, which asks whether key and network are good
    tokens: int = 0

    def __str__(self) -> str:
        return f"about {self.requests} requests, at most about {self.tokens:,} tokens"


def estimates(
    root: Path, scenarios: Collection[str], targets: Collection[str]
) -> dict[str, Estimate]:
    """Return an estimate for each vendor. Raises `CassetteError` if a file cannot be read."""
    found = {upstream: Estimate() for upstream in sorted(targets)}
    for upstream, estimate in found.items():
        for file in sorted((root / upstream).glob("*.yaml")):
            if file.stem in {*scenarios, model_lists.SCENARIO}:
                for each in recordings.read(file).interactions:
                    estimate.requests += 1
                    estimate.tokens += _tokens(each)
    return found


def _tokens(interaction: recordings.Interaction) -> int:
    """Return what a chat or an embedding costs at most; a list of models costs none."""
    text = interaction["request"].get("body") or ""
    body = recordings.parsed(text)
    if not isinstance(body, dict) or "model" not in body:
        return 0
    asked = len(text) // LETTERS_A_TOKEN
    if "messages" not in body:
        return asked
    limits = (body.get(name) for name in ("max_completion_tokens", "max_tokens"))
    return asked + min((limit for limit in limits if isinstance(limit, int)), default=UNLIMITED)

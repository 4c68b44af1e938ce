"""Knows the encodings that the responses provider of ogx looks up in tiktoken, from 1.1 on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

# What tiktoken 0.13 and 0.14 know, which those releases were released with.
NAMES = frozenset(
    ["gpt2", "r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony"]
)
MESSAGE = f"must name encodings of tiktoken: {', '.join(sorted(NAMES))}"


def is_known(name: Any) -> bool:
    """Return whether a name is none, or one that tiktoken has, or may be."""
    return name is None or isinstance(name, Unknown) or name in NAMES


def are_known(names: Mapping[str, Any]) -> bool:
    """Return whether tiktoken has the encodings of all prefixes of models."""
    return all(map(is_known, names.values()))

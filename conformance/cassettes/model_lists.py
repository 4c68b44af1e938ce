"""Cuts a vendor's list of models, which is kept once, to what checks look for.

The rest of a list changes from week to week.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from conformance.cassettes import recordings
from conformance.vendors import anthropic, gemini, openai

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.cassettes.recordings import Interaction

SCENARIO: Final = "model-list"  # what a vendor lists for its own key, whichever check asks
KNOWN: Final = frozenset(
    {*openai.LISTED, *gemini.CHAT, gemini.EMBEDDING, *gemini.OTHERS, *anthropic.LISTED}
)
ENOUGH: Final = 6  # entries that are kept at least, whatever their names


def cut(interaction: Interaction) -> Interaction:
    """Return an exchange in which a list of models has no more entries than checks need.

    Kept are the models that the stand-ins list too, and the first others if those are few.
    Anything but a list of models is returned as it is.
    """
    entries = listed(interaction)
    if entries is None or interaction["request"]["method"] != "GET":
        return interaction
    known = [each for each in entries if _name(each) in KNOWN]
    others = [each for each in entries if _name(each) not in KNOWN]
    kept = [*known, *others[: max(0, ENOUGH - len(known))]]
    if len(kept) == len(entries):
        return interaction
    response = interaction["response"]
    body = recordings.parsed(response["body"]["string"]) | {
        "data": [each for each in entries if each in kept]
    }
    text = recordings.readable(json.dumps(body, ensure_ascii=False))
    return {**interaction, "response": {**response, "body": {"string": text}}}


def listed(interaction: Interaction) -> list[Any] | None:
    """Return the entries of the list of models that an exchange brought, or None."""
    if not urlsplit(interaction["request"]["uri"]).path.endswith("/models"):
        return None
    body = recordings.parsed(interaction["response"]["body"]["string"])
    entries = body.get("data") if isinstance(body, dict) else None
    return entries if isinstance(entries, list) and all(map(_name, entries)) else None


def names(entries: Iterable[Any]) -> set[str]:
    """Return the names of the models in a list, as callers write them."""
    return set(filter(None, map(_name, entries)))


def _name(entry: Any) -> str:
    name = entry.get("id") if isinstance(entry, dict) else None
    return name.removeprefix("models/") if isinstance(name, str) else ""

"""Finds a model that is registered twice with different contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge import resources
from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding
    from conformance.judge.resources import Entry


def find(case: Case) -> Iterator[Finding]:
    """Yield each entry that the registry refuses, because another stands under its name."""
    first: dict[str, tuple[Any, ...]] = {}
    for entry in resources.models(case):
        if not entry.text("model_id"):
            continue
        name, content = resources.stored_name(case, entry), _content(entry)
        if first.setdefault(name, content) != content:
            yield shown(
                "model-twice",
                Effect.REFUSED,
                entry.path,
                f"`{name}` is registered before with something else: `already exists`",
                "register each model of a provider once",
                gotcha="duplicate-models",
                level=Level.ERROR,
                stops=entry.stops,
            )


def _content(entry: Entry) -> tuple[Any, ...]:
    """Return what of an entry is compared with another of its name."""
    inner = entry.text("provider_model_id") or entry.text("model_id")
    kind = entry.values.get("model_type") or "llm"
    return inner, kind, entry.values.get("metadata") or {}

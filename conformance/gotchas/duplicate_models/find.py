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


ALIASES = ">=0.8"  # from here on a model keeps the name that the config gives it


def find(case: Case) -> Iterator[Finding]:
    """Yield each entry that the registry refuses, because another stands under its name."""
    first: dict[str, tuple[Any, ...]] = {}
    for entry in resources.models(case):
        if not entry.text("model_id"):
            continue
        name, content = _stored(case, entry)
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


def _stored(case: Case, entry: Entry) -> tuple[str, tuple[Any, ...]]:
    """Return the name under which an entry is stored, and what is compared with another of it."""
    provider, model = entry.text("provider_id"), entry.text("model_id")
    inner = entry.text("provider_model_id") or model
    aliases = case.schema.release.within(ALIASES)
    name = model.removeprefix(f"{provider}/") if aliases else inner
    kind = entry.values.get("model_type") or "llm"
    return f"{provider}/{name}", (inner, kind, entry.values.get("metadata") or {})

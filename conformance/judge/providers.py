"""Finds what is wrong with providers: their configs, and what starting them needs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.judge import demands, keys, shape
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the providers' entries."""
    yield from _twice(case)
    for order, provider in enumerate(case.providers):
        model = case.model(provider)
        if model is None or not provider.enabled:
            continue
        place = (*provider.path, "config")
        seen = shape.against(provider.config, model, case.schema, place)
        stops = Stage.INSTANCES + order
        yield from keys.refused(seen.faults, stops, case)
        yield from keys.ignored(seen.unread, case)
        yield from demands.findings(case, provider, model, stops)


def _twice(case: Case) -> Iterator[Finding]:
    named = [(p.api, p.id) for p in case.providers if p.surely_enabled and isinstance(p.id, str)]
    counted = Counter(named)
    for provider in case.providers:
        if not isinstance(provider.id, str) or counted[provider.api, provider.id] < 2:  # noqa: PLR2004 - twice
            continue
        last = [p for p in case.providers if (p.api, p.id) == (provider.api, provider.id)][-1]
        if provider is not last:
            yield Finding(
                id="provider-twice",
                level=Level.WARNING,
                effect=Effect.MEANS_SOMETHING_ELSE,
                path=(*provider.path, "provider_id"),
                what=f"a later provider of `{provider.api}` is called `{provider.id}` too and "
                "replaces this one",
                instead="give each provider of an API an id of its own",
            )

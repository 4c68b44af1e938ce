"""Finds models of `remote::openai` that the start asks the vendor for without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import resources
from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


ASKS_THE_VENDOR = "<0.6.0"


def find(case: Case) -> Iterator[Finding]:
    """Yield each registered model whose provider has no key to ask with."""
    if not case.schema.release.within(ASKS_THE_VENDOR):
        return
    last = {
        provider.id: provider
        for provider in case.of_type("remote::openai")
        if isinstance(provider.id, str)
    }
    for entry in resources.models(case):
        provider = last.get(entry.text("provider_id"))
        if provider and not provider.config.get("api_key"):
            yield shown(
                "model-needs-key",
                Effect.REFUSED,
                entry.path,
                "`remote::openai` asks the vendor for a registered model during the start, and "
                "has no key",
                "give the provider an `api_key`, or register nothing for it",
                gotcha="remote-openai-startup",
                level=Level.ERROR,
                stops=entry.stops,
            )

"""Finds registered models that a start asks the vendor for without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import demands
from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield each registered model whose provider has no key to ask with.

    The checks are about `remote::openai`; of the providers that do the same, each shows the gotcha
    too, as far as a config can.
    """
    for entry, provider, name in demands.keyless(case):
        yield shown(
            "model-needs-key",
            Effect.REFUSED,
            entry.path,
            f"`{provider.kind}` asks the vendor for a registered model during the start, and "
            "has no key",
            f"give the provider an `{name}`, or register nothing for it",
            gotcha="remote-openai-startup",
            level=Level.ERROR,
            stops=entry.stops,
        )

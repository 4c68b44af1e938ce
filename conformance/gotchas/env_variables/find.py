"""Finds a `base_url` that an empty variable takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield each URL whose variable is empty, so that the vendor's own is asked, or none."""
    for provider in case.providers:
        place = (*provider.path, "config", "base_url")
        gone = place in case.substituted and provider.config.get("base_url") is None
        if provider.enabled and gone:
            yield shown(
                "empty-default",
                Effect.MEANS_SOMETHING_ELSE,
                place,
                "the variable is empty, which removes `base_url`",
                "give it a default, or leave the default out so that the start asks for the "
                "variable",
                gotcha="env-variables",
            )

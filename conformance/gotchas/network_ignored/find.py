"""Finds `network` settings that the provider reads and does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


IGNORES = {"remote::passthrough": "*", "remote::openai": "<0.5.0"}


def find(case: Case) -> Iterator[Finding]:
    """Yield each `network` section without effect."""
    for kind, ranges in IGNORES.items():
        for provider in case.of_type(kind) if case.schema.release.within(ranges) else ():
            model = case.schema.config(provider.api, kind)
            if model and "network" in model["fields"] and provider.config.get("network"):
                yield shown(
                    "network-ignored",
                    Effect.MEANS_SOMETHING_ELSE,
                    (*provider.path, "config", "network"),
                    "`network` is read and has no effect on this provider",
                    "set timeouts and headers in the proxy, and the proxy by its environment "
                    "variables",
                )

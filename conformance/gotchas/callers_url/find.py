"""Finds passthrough without a `base_url`, where each caller names the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


KIND = "remote::passthrough"


def find(case: Case) -> Iterator[Finding]:
    """Yield each provider whose requests go where its caller says."""
    model = case.schema.config("inference", KIND) or {"fields": {}}
    for provider in case.of_type(KIND):
        if provider.config.get("base_url") is None and "base_url" in model["fields"]:
            yield shown(
                "callers-url",
                Effect.EXPOSES,
                (*provider.path, "config") if "config" in provider.entry else provider.path,
                "without `base_url` each caller decides where requests go, inside the network too",
                "set `base_url`",
            )

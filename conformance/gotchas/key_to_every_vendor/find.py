"""Finds vendors that are sent one another's keys when a caller lists the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case, Provider
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield the second of several vendors that a caller's key reaches."""
    vendors: dict[str, Provider] = {}
    for provider in case.of_type("remote::passthrough"):
        if provider.api == "inference" and not provider.config.get("api_key"):
            vendors.setdefault(str(provider.config.get("base_url")), provider)
    if len(vendors) > 1:
        _, second, *_ = vendors.values()
        yield shown(
            "key-to-every-vendor",
            Effect.EXPOSES,
            second.path,
            "a caller who lists the models with a key sends it to every vendor of "
            f"`{second.kind}`, {len(vendors)} here",
            "let callers send the provider data with calls to a model alone",
            level=Level.NOTE,
        )

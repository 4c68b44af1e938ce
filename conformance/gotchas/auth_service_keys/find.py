"""Finds an authentication service that is handed the vendor keys of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding, Path

KIND: Path = ("server", "auth", "provider_config", "type")


def find(case: Case) -> Iterator[Finding]:
    """Yield that the service is sent all headers, where callers bring the key of a vendor."""
    brought = any(not each.config.get("api_key") for each in case.of_type("remote::passthrough"))
    if case.at(*KIND) == "custom" and brought:
        yield shown(
            "auth-service-keys",
            Effect.EXPOSES,
            KIND,
            "this service is sent the headers of each caller, the key for the vendor among them",
            "use a type that is sent the token alone, or trust the service with every key",
        )

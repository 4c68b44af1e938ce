"""Finds a `base_url` of passthrough that ends in the version it is given anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Edit, Effect, Operation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


VERSION = "/v1"


def find(case: Case) -> Iterator[Finding]:
    """Yield each URL that ends up with its version twice."""
    for provider in case.of_type("remote::passthrough"):
        place = (*provider.path, "config", "base_url")
        base = provider.config.get("base_url")
        if isinstance(base, str) and base.rstrip("/").endswith(VERSION):
            plain = base.rstrip("/").removesuffix(VERSION)
            known = place not in case.substituted
            yield shown(
                "base-url-v1",
                Effect.MEANS_SOMETHING_ELSE,
                place,
                "`/v1` is appended here: requests go to `/v1/v1/…`",
                "leave `/v1` out",
                edits=(Edit(Operation.SET, place, value=plain),) if known else (),
            )

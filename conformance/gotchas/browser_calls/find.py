"""Finds `server.cors` that counts for nothing, or forbids browsers the provider-data header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

WITHOUT_EFFECT = ">=1.0.0"


def find(case: Case) -> Iterator[Finding]:
    """Yield the setting if it does less than it says."""
    cors = case.at("server", "cors")
    if cors and case.schema.release.within(WITHOUT_EFFECT):
        yield shown(
            "cors-ignored",
            Effect.MEANS_SOMETHING_ELSE,
            ("server", "cors"),
            "`server.cors` is read and has no effect: no browser may call this gateway",
            "serve page and gateway from one origin",
            gotcha="browser-calls",
        )
    elif cors is True:
        yield shown(
            "cors-without-header",
            Effect.MEANS_SOMETHING_ELSE,
            ("server", "cors"),
            "`cors: true` forbids browsers the provider-data header",
            "write `allow_origins`, `allow_methods` and `allow_headers` with the header's name",
            gotcha="browser-calls",
        )

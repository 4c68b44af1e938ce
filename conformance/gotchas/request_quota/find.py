"""Finds a limit for callers with tokens, which they do not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding, Path

QUOTA: Path = ("server", "quota")
COUNTED = "<1.0"  # later the whole section is ignored, which the schema shows


def find(case: Case) -> Iterator[Finding]:
    """Yield that callers with tokens get the limit of anonymous ones."""
    if case.at(*QUOTA) and case.at("server", "auth") and case.schema.release.within(COUNTED):
        yield shown(
            "request-quota",
            Effect.MEANS_SOMETHING_ELSE,
            QUOTA,
            "callers with a token get the limit of anonymous ones",
            "set `anonymous_max_requests` to what all callers need together, or limit requests in "
            "the proxy in front of the gateway",
        )

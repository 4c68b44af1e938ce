"""Finds a server that takes its callers for whom they say they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding, Path

CONFIG: Path = ("server", "auth", "provider_config")
KNOWN, COMPARED = ">=0.8", ">=1.4"  # the type, and its list of addresses
FOR_THE_PROXY = (
    "have the proxy replace these headers, and let the server listen for the proxy alone"
)
NO_ADDRESS = "set `FORWARDED_ALLOW_IPS` to an address that nobody has"


def find(case: Case) -> Iterator[Finding]:
    """Yield that headers of whoever connects are believed, or of who says that he is the proxy."""
    release = case.schema.release
    if case.at(*CONFIG, "type") != "upstream_header" or not release.within(KNOWN):
        return
    listed = bool(case.at(*CONFIG, "trusted_proxy_cidrs")) and release.within(COMPARED)
    yield shown(
        "upstream-identity",
        Effect.EXPOSES,
        (*CONFIG, "type"),
        "behind a proxy on the server's own machine, `X-Forwarded-For` names the address that is "
        "compared with `trusted_proxy_cidrs`"
        if listed
        else "whoever reaches the server is taken for the person that a header names",
        NO_ADDRESS if listed else FOR_THE_PROXY,
        level=Level.NOTE if listed else Level.WARNING,
    )

"""Finds that the server's command wants certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


def find(case: Case) -> Iterator[Finding]:
    """Yield, once a file, that the command refuses to serve without certificates."""
    if not case.schema.facts["demands_tls"] or case.at("server", "insecure"):
        return
    if case.at("server", "tls_certfile") and case.at("server", "tls_keyfile"):
        return
    yield shown(
        "tls-demanded",
        Effect.REFUSED,
        ("server",) if "server" in case.config else (),
        "the server's command wants certificates, unless it is given `--insecure`",
        "set `server.tls_certfile` and `server.tls_keyfile`, or `server.insecure: true` if a "
        "proxy in front speaks TLS",
        gotcha="server-command",
        since="ogx 1.2.0",
    )

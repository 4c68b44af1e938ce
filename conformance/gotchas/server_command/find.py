"""Finds what the server's command makes of `server`: its port is passed over, TLS is demanded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Level, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

DEFAULT_PORT = 8321
PASSES_OVER_THE_PORT = "<1.1.0"


def find(case: Case) -> Iterator[Finding]:
    """Yield that the command listens elsewhere, and that it does not serve without certificates."""
    port = case.at("server", "port")
    passed_over = case.schema.release.within(PASSES_OVER_THE_PORT)
    if isinstance(port, int) and port != DEFAULT_PORT and passed_over:
        yield shown(
            "port-passed-over",
            Effect.MEANS_SOMETHING_ELSE,
            ("server", "port"),
            f"the server's command listens on {DEFAULT_PORT} unless it is given `--port`",
            f"start it with `--port {port}`",
            gotcha="server-command",
            level=Level.NOTE,
        )
    yield from _without_certificates(case)


def _without_certificates(case: Case) -> Iterator[Finding]:
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

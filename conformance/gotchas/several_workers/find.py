"""Finds several workers without the host that a start with them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

NEEDS_A_HOST = "<0.7.0"


def find(case: Case) -> Iterator[Finding]:
    """Yield that the server's command ends, because its workers cannot share two hosts."""
    workers = case.at("server", "workers")
    if not case.schema.release.within(NEEDS_A_HOST) or case.at("server", "host"):
        return
    if isinstance(workers, int) and workers > 1:
        yield shown(
            "workers-without-host",
            Effect.REFUSED,
            ("server", "workers"),
            "the server's command ends with a TypeError: several workers need a `server.host`",
            "write `server.host`, too: `0.0.0.0` for every address, `127.0.0.1` for none but this "
            "machine's",
            gotcha="several-workers",
        )

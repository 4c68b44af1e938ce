"""Sends thousands of chats through a release's server, and reads how much it holds after each part.

Nothing is judged: what a server holds first grows with what its libraries keep, and the garbage
collector decides when it gives anything back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from conformance.core.model import CouldNotObserveError
from conformance.releases import client_trial
from conformance.releases.client_trial import TrialError
from conformance.releases.overhead import LIMIT_S, ask, gateway
from conformance.stack.entry import QUIET
from conformance.stack.held import held
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.core.releases import Release
    from conformance.releases.overhead import Target

AT_ONCE = 8
PARTS = 10
MIB = 1024


@dataclass(frozen=True, slots=True)
class Row:
    """What a release's server holds after so many chats: MiB of memory, and open files."""

    release: str
    chats: int
    memory: float
    files: int


def measured(chosen: Iterable[Release], chats: int) -> Iterator[Row]:
    """Yield a row after each tenth of the chats of each release.

    Raises `TrialError` for an answer that is none and where there is no /proc, and
    `EnvironmentsError`.
    """
    each = max(1, chats // PARTS // AT_ONCE)
    with serve() as stand_ins:
        for release in chosen:
            with client_trial.server(release, stand_ins.base, QUIET) as running:
                target = gateway(running.url, release)
                for part in range(1, PARTS + 1):
                    asyncio.run(_callers(target, each))
                    yield Row(str(release), part * each * AT_ONCE, *_held(running.pid))


async def _callers(target: Target, chats: int) -> None:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S, limits=limits) as http:
        await asyncio.gather(*(_caller(http, target, chats) for _ in range(AT_ONCE)))


async def _caller(http: httpx.AsyncClient, target: Target, chats: int) -> None:
    for _ in range(chats):
        await ask(http, target)


def _held(pid: int) -> tuple[float, int]:
    try:
        memory, files = held(pid)
    except CouldNotObserveError as error:
        raise TrialError(str(error)) from error
    return memory / MIB, files

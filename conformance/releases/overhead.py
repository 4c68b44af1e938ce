"""Measures what a gateway adds to a chat: the same one with it and without it, in pairs.

Load generator and stand-in are one process, and each side pays for both; only differences and
ratios say something about a gateway. Nothing here is judged.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from conformance.core import releases
from conformance.releases import client_trial
from conformance.releases.client_trial import MODEL, TrialError
from conformance.stack.entry import QUIET
from conformance.vendors import STAND_IN_KEYS, UPSTREAMS
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.core.releases import Release

CALLERS = (1, 8, 64)
REQUESTS = 192  # of each side in a round, by all callers together
ROUNDS = 3
LIMIT_S = 60.0
VENDOR = "openai"
PATH = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Say hello."}]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a chat is sent, with what."""

    url: str
    model: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """Requests a second, and the milliseconds within which half and 99 of 100 are answered."""

    per_second: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Row:
    """A release under so many callers at once, and the stand-in alone."""

    release: str
    callers: int
    direct: Side
    gateway: Side

    @property
    def added(self) -> float:
        """The milliseconds that the gateway adds to half of the requests."""
        return self.gateway.p50 - self.direct.p50


def measured(chosen: Iterable[Release]) -> Iterator[Row]:
    """Yield a row for each release and number of callers; each release runs as its own command.

    Raises `TrialError` for an answer that is none, and `EnvironmentsError`.
    """
    with serve() as stand_ins:
        for release in chosen:
            with client_trial.server(release, stand_ins.base, QUIET) as running:
                direct = alone(stand_ins.base[VENDOR])
                through = gateway(running.url, release)
                for callers in CALLERS:
                    sides = asyncio.run(paired(direct, through, callers))
                    yield Row(str(release), callers, *sides)


def alone(base: str) -> Target:
    """Return how the stand-in is asked by itself."""
    key = {"authorization": f"Bearer {STAND_IN_KEYS[VENDOR]}"}
    return Target(base + PATH, MODEL.partition("/")[2], key)


def gateway(url: str, release: Release) -> Target:
    """Return how a release at a URL is asked."""
    key, origin = STAND_IN_KEYS[VENDOR], UPSTREAMS[VENDOR].origin
    data = json.dumps({"passthrough_url": origin, "passthrough_api_key": key})
    return Target(url + PATH, MODEL, {releases.facts(release).header: data})


async def paired(direct: Target, through: Target, callers: int) -> tuple[Side, Side]:
    """Return both sides, asked in turns so that a machine whose speed drifts spoils neither.

    Raises `TrialError` for any answer but a 200.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    spent = [0.0, 0.0]
    limits = httpx.Limits(max_connections=callers)
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_S, limits=limits) as http:
        for target in (direct, through):
            await ask(http, target)  # connections, and what a first request builds
        for _ in range(ROUNDS):
            for side, target in enumerate((direct, through)):
                begun = time.perf_counter()
                taken[side].extend(await _round(http, target, callers))
                spent[side] += time.perf_counter() - begun
    first, second = (_side(times, s) for times, s in zip(taken, spent, strict=True))
    return first, second


async def _round(http: httpx.AsyncClient, target: Target, callers: int) -> list[float]:
    async def caller() -> list[float]:
        return [await ask(http, target) for _ in range(REQUESTS // callers)]

    found = await asyncio.gather(*(caller() for _ in range(callers)))
    return [each for times in found for each in times]


async def ask(http: httpx.AsyncClient, target: Target) -> float:
    """Send a chat; return the seconds until its answer.

    Raises `TrialError` for any answer but a 200.
    """
    begun = time.perf_counter()
    body = {"model": target.model, "messages": MESSAGES}
    try:
        answer = await http.post(target.url, json=body, headers=target.headers)
    except httpx.HTTPError as error:
        raise TrialError(f"{target.url}: {type(error).__name__}: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise TrialError(f"{target.url}: HTTP {answer.status_code} {answer.text[:200]}")
    return time.perf_counter() - begun


def _side(times: list[float], spent: float) -> Side:
    parts = statistics.quantiles(times, n=100, method="inclusive")
    return Side(len(times) / spent, parts[49] * 1000, parts[98] * 1000)

"""What ten thousand requests leave behind in a server: memory and open files."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import httpx
import psutil
import pytest

from conformance.core import releases
from conformance.run.fixtures.server import PATH
from conformance.stack.entry import variable
from conformance.vendors.server import serve
from tests.support.servers import running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # five minutes on an idle core
REQUESTS, CALLERS, SAMPLE = 10_000, 8, 100
WARM = 2_000  # until then caches fill up, and the collector finds its pace
GROWN = 1.25
FILES = 512  # half of what a service usually may open


class Sample(NamedTuple):
    """How much a server holds after some requests."""

    requests: int
    memory: int
    files: int


async def ask(client: httpx.AsyncClient, number: int) -> int:
    """Send one of four kinds of requests: a plain chat, a streamed one, a plain one, a listing."""
    kind = number // CALLERS % 4
    if kind == 3:
        return (await client.get("/v1/models")).status_code
    messages = [{"role": "user", "content": f"Request {number}."}]
    body = {"model": "openai/gpt-4o", "messages": messages, "stream": kind == 1}
    return (await client.post(PATH, json=body)).status_code


async def samples(directory: Path) -> tuple[list[Sample], Counter[int]]:
    """Let callers send requests, each on a connection that is kept; return samples and statuses."""
    found: list[Sample] = []
    statuses: Counter[int] = Counter()
    quiet = {variable(releases.facts(releases.reference()), "LOGGING"): "all=critical"}
    with serve() as vendors:
        async with running(directory, vendors, quiet) as (client, server):
            process = psutil.Process(server.process.pid)

            async def caller(first: int) -> None:
                for number in range(first, REQUESTS, CALLERS):
                    statuses[await ask(client, number)] += 1
                    if statuses.total() % SAMPLE == 0:
                        memory, files = process.memory_info().rss, process.num_fds()
                        found.append(Sample(statuses.total(), memory, files))
                        vendors.clear()

            await asyncio.gather(*(caller(first) for first in range(CALLERS)))
    return found, statuses


def test_a_server_stays_level(tmp_path: Path) -> None:
    """Neither memory nor open files grow with the requests that a server has answered."""
    found, statuses = asyncio.run(samples(tmp_path))
    warm = [each for each in found if each.requests >= WARM]

    assert statuses == {httpx.codes.OK: REQUESTS}
    assert max(each.files for each in found) < FILES
    assert warm[-1].memory < GROWN * warm[0].memory

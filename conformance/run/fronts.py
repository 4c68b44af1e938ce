"""Gateways of other configs in front of the loopback stand-ins, and servers that are no vendor."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from conformance.run.boots import Boots, asking
from conformance.run.loopback import Loopback
from conformance.stack import garbage
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from conformance.run.boots import Booted
    from conformance.stack.configs import Config
    from conformance.vendors.raw import RawServer
    from conformance.vendors.stand_ins import StandIns

    InFront = Callable[..., Awaitable[Loopback]]


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[StandIns]:
    """Stand-ins for the vendors on loopback, running for all checks of a run."""
    from conformance.vendors.server import serve  # noqa: PLC0415 - costs only its users

    with serve() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept_fronts() -> AsyncIterator[tuple[AsyncExitStack, dict[str, Booted]]]:
    """The gateways that the checks of one file share, by config."""
    async with AsyncExitStack() as closing:
        yield closing, {}


@pytest_asyncio.fixture(loop_scope="session")
async def in_front(
    kept_fronts: tuple[AsyncExitStack, dict[str, Booted]], boots: Boots, stand_ins: StandIns
) -> AsyncIterator[InFront]:
    """Give a way to boot a config in front of the stand-ins, once for all checks of a file.

    `await in_front(config)` returns the gateway and what the stand-ins receive; vendors' origins
    in the config become the stand-ins'. `booted.failure` says why it did not boot.
    """
    closing, kept = kept_fronts
    stand_ins.clear()
    made: list[Loopback] = []

    async def boot(config: Config) -> Loopback:
        name = repr(config)
        if name not in kept:
            origins = {UPSTREAMS[name].origin: url for name, url in stand_ins.base.items()}
            home = boots.session.directory("home")
            run = boots.fresh(asking(config, origins), home)
            kept[name] = await closing.enter_async_context(run)
            if kept[name].failure is not None:
                await boots.control()
        made.append(Loopback(kept[name], stand_ins, len(kept[name].log)))
        return made[-1]

    with garbage.left_alone():  # connections are observed
        yield boot
    for each in made:
        await each.closing()
    stand_ins.clear()


@pytest.fixture(scope="session")
def raw_servers() -> Iterator[tuple[RawServer, RawServer]]:
    """Two servers on loopback that are no vendors, running for all checks of a run."""
    from conformance.vendors.raw import serve_raw  # noqa: PLC0415 - costs only its users

    with serve_raw() as one, serve_raw() as other:
        yield one, other


@pytest.fixture
def server(raw_servers: tuple[RawServer, RawServer]) -> RawServer:
    """A server that is no vendor, and answers as the check says."""
    raw_servers[0].clear()
    return raw_servers[0]


@pytest.fixture
def other_server(raw_servers: tuple[RawServer, RawServer]) -> RawServer:
    """Another server that is no vendor."""
    raw_servers[1].clear()
    return raw_servers[1]

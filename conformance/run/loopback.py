"""A gateway in front of loopback stand-ins: for vendors that fail, and streams while they run.

Nothing here is recorded, and no vendor is asked; what a check observes is the gateway's doing.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from conformance.core.model import CouldNotObserveError
from conformance.run.boots import Booted, asking
from conformance.stack import configs
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conformance.core.releases import Facts
    from conformance.run.session import Session
    from conformance.stack.client import Gateway
    from conformance.vendors.dialect import Request
    from conformance.vendors.stand_ins import StandIns

LIMIT_S = 10.0
CLOSING_STEPS = 20  # of the event loop, for what is to be closed


@dataclass(slots=True)
class Loopback:
    """The gateway, and the stand-ins that a check can make fail."""

    _booted: Booted
    _stand_ins: StandIns
    _start: int

    @property
    def gateway(self) -> Gateway:
        """The gateway's client."""
        return self._booted.gateway

    @property
    def log(self) -> list[str]:
        """What the gateway has logged since the check began."""
        return self._booted.log[self._start :]

    @property
    def received(self) -> list[Request]:
        """The requests the stand-ins received since the check began."""
        return self._stand_ins.requests

    @property
    def connections(self) -> int:
        """How many connections to the stand-ins were opened since the check began."""
        return self._stand_ins.connections

    async def closing(self) -> None:
        """Let the gateway close what it means to close."""
        for _ in range(CLOSING_STEPS):
            await asyncio.sleep(0)

    async def ended(self) -> bool:
        """Wait until an answer of a stand-in is over; return whether the gateway stayed for it.

        Raises `CouldNotObserveError` if none is within `LIMIT_S` seconds.
        """
        until = time.monotonic() + LIMIT_S
        while not self._stand_ins.ended:
            if time.monotonic() > until:
                raise CouldNotObserveError("no answer of a stand-in has come to its end")
            await asyncio.sleep(0)  # they run in another thread
        return self._stand_ins.ended[0]

    def data(self, model: str) -> dict[str, str]:
        """Return what a caller sends for a model, with a key that the stand-in accepts."""
        upstream = UPSTREAMS[_vendor(model)]
        return {
            "passthrough_url": self._stand_ins.base[upstream.name],
            "passthrough_api_key": upstream.stand_in_key,
        }

    def fail(self, model: str, *, times: int | None = None, **fault: Any) -> None:
        """Let answers of the model's vendor go wrong, as the fields of a `Fault` say.

        The SDK inside the stack waits before it tries again; the vendor asks it not to.
        """
        from conformance.vendors.faults import Fault  # noqa: PLC0415 - costs only its users

        headers = {"retry-after-ms": "1"} | fault.pop("headers", {})
        self._stand_ins.inject(_vendor(model), Fault(headers=headers, **fault), times=times)

    async def pieces(self, model: str, **fields: Any) -> AsyncIterator[str]:
        """Stream one chat; yield the pieces of the answer as the gateway sends them."""
        from conformance.stack.streaming import pieces  # noqa: PLC0415 - costs only its users

        client = self.gateway.client
        messages = [{"role": "user", "content": "Say hello."}]
        body = {"model": model, "messages": messages, "stream": True, **fields}
        headers = {self.gateway.header: json.dumps(self.data(model))}
        request = client.build_request("POST", "/v1/chat/completions", json=body, headers=headers)
        with self.gateway.around():
            async for piece in pieces(self._booted.stack.app, request):
                yield piece


def _vendor(model: str) -> str:
    return model.partition("/")[0].partition("-")[0]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_loopback(
    conformance_session: Session, facts: Facts
) -> AsyncIterator[tuple[Booted, StandIns]]:
    """The config under test, booted once with loopback stand-ins as its vendors."""
    from conformance.stack import booting  # noqa: PLC0415 - costs only its users
    from conformance.stack.client import Gateway  # noqa: PLC0415 - costs only its users
    from conformance.vendors.server import serve  # noqa: PLC0415 - costs only its users

    home = conformance_session.directory("home")
    cwd = home.parent / "work"
    cwd.mkdir()
    config = configs.fitted(conformance_session.config, facts)
    with serve() as stand_ins:
        here = {upstream.origin: stand_ins.base[name] for name, upstream in UPSTREAMS.items()}
        async with (
            booting.boot(asking(config, here), facts, home, cwd) as run,
            Gateway(facts.header, app=run.app, around=run.state.active) as client,
        ):
            yield Booted(run, client), stand_ins


@pytest_asyncio.fixture(loop_scope="session")
async def loopback(shared_loopback: tuple[Booted, StandIns]) -> AsyncIterator[Loopback]:
    """The gateway in front of stand-ins that have received nothing and work.

    Nothing closes the SDK's clients inside the stack (see the gotcha `new-connections`). When they
    are collected, their sockets go first and their transports later, which then take away the
    event loop's interest in whichever new socket has the old one's number: a connection is never
    seen to be made. So they are collected between checks only.
    """
    booted, stand_ins = shared_loopback
    stand_ins.clear()
    collecting = gc.isenabled()
    gc.disable()
    gateway = Loopback(booted, stand_ins, len(booted.log))
    yield gateway
    if collecting:
        gc.enable()
        gc.collect(0)  # the youngest generation: all that this check has made
        await gateway.closing()
    stand_ins.clear()

"""A gateway in front of loopback stand-ins: for vendors that fail, and streams while they run.

Nothing here is recorded, and no vendor is asked; what a check observes is the gateway's doing.
"""

from __future__ import annotations

import asyncio
import copy
import json
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from conformance.core.model import CouldNotObserveError
from conformance.stack import garbage
from conformance.stack.client import Gateway
from conformance.stack.configs import PASSTHROUGH
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Mapping,
        Sequence,
    )

    from conformance.run.boots import Booted, Boots
    from conformance.run.routes import Route
    from conformance.run.subject import Subject
    from conformance.stack.client import Answer
    from conformance.stack.configs import Config
    from conformance.vendors.dialect import Request
    from conformance.vendors.stand_ins import StandIns

    _Front = tuple[Booted, StandIns]

LIMIT_S = 10.0
OWN_KEY = frozenset({"api_key", "auth_credential"})  # of a passthrough provider
PAUSE_S = 0.025
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
    def failure(self) -> Any:
        """Why the gateway refused to boot, or None."""
        return self._booted.failure

    @property
    def log(self) -> list[str]:
        """What the gateway has logged since the check began."""
        return self._booted.log[self._start :]

    @property
    def received(self) -> list[Request]:
        """The requests the stand-ins received since the check began."""
        return self._stand_ins.requests

    @property
    def asked(self) -> list[Request]:
        """Those that ask a model: no lists, which some releases ask for while they boot."""
        return [request for request in self.received if request.method == "POST"]

    @property
    def connections(self) -> int:
        """How many connections to the stand-ins were opened since the check began."""
        return self._stand_ins.connections

    async def open_connections(self) -> int:
        """Return how many connections to the stand-ins are open, once that settles.

        It waits up to half a second for those to go that are about to be closed.
        """
        for _ in range(CLOSING_STEPS):
            if not self._stand_ins.open:
                break
            await asyncio.sleep(PAUSE_S)
        return self._stand_ins.open

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

    def data(self, to: Route | str) -> dict[str, str]:
        """Return what a caller sends to go a route, with a key that the stand-in takes."""
        upstream = UPSTREAMS[_vendor(to)]
        url, key = self._stand_ins.base[upstream.name], upstream.stand_in_key
        if isinstance(to, str):
            return {"passthrough_url": url, "passthrough_api_key": key}
        return to.data(url, key)

    def fail(self, to: Route | str, *, times: int | None = None, **fault: Any) -> None:
        """Let answers of a vendor go wrong, as the fields of a `Fault` say.

        The SDK inside the stack waits before it tries again; the vendor asks it not to.
        """
        from conformance.vendors.faults import Fault  # noqa: PLC0415 - costs only its users

        headers = {"retry-after-ms": "1"} | fault.pop("headers", {})
        self._stand_ins.inject(_vendor(to), Fault(headers=headers, **fault), times=times)

    async def direct(self, route: Route) -> Answer:
        """Ask the stand-in itself what the gateway has asked it last; return its answer.

        The control lane: what deviates here is the vendor's doing. Raises `CouldNotObserveError`
        if the gateway has asked nothing.
        """
        if not self.asked:
            raise CouldNotObserveError("the gateway has asked no vendor")
        asked = self.asked[-1]
        key = UPSTREAMS[route.dialect].stand_in_key
        url = self._stand_ins.base[route.dialect]
        fields = {"authorization": f"Bearer {key}"}
        async with Gateway("", url=url) as vendor:
            return await vendor.request(asked.method, asked.path, headers=fields, body=asked.json)

    async def pieces(self, route: Route, **fields: Any) -> AsyncIterator[str]:
        """Stream one chat; yield the pieces of the answer as the gateway sends them."""
        async with aclosing(self.stream(route.model, self.data(route), **fields)) as stream:
            async for piece in stream:
                yield piece

    async def stream(
        self, model: str, data: Mapping[str, str], **fields: Any
    ) -> AsyncGenerator[str]:
        """Stream one chat with a model and provider data, as `pieces` does."""
        from conformance.stack.streaming import pieces  # noqa: PLC0415 - costs only its users

        client = self.gateway.client
        messages = [{"role": "user", "content": "Say hello."}]
        body = {"model": model, "messages": messages, "stream": True, **fields}
        headers = {self.gateway.header: json.dumps(data)}
        request = client.build_request("POST", "/v1/chat/completions", json=body, headers=headers)
        with self.gateway.around():
            async with aclosing(pieces(self._booted.stack.app, request)) as answer:
                async for piece in answer:
                    yield piece


def _vendor(to: Route | str) -> str:
    return to if isinstance(to, str) else to.dialect


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fronts(boots: Boots) -> AsyncIterator[Callable[[Subject], Awaitable[_Front]]]:
    """Boots a subject's config once, with loopback stand-ins as its vendors."""
    from conformance.vendors.server import serve  # noqa: PLC0415 - costs only its users

    made: dict[str, _Front] = {}
    with serve() as stand_ins:

        async def front(subject: Subject) -> _Front:
            if subject.name not in made:
                home = boots.session.directory("home")
                config = redirected(subject.config, subject.routes, stand_ins.base)
                run = boots.fresh(config, home, subject if subject.is_own else None)
                made[subject.name] = await boots.kept.enter_async_context(run), stand_ins
            return made[subject.name]

        yield front


def redirected(config: Config, routes: Sequence[Route], base: Mapping[str, str]) -> Config:
    """Return the config with stand-ins as the vendors of its passthrough providers.

    What stands behind a vendor's origin in a `base_url` stays; of another server's nothing does.
    A key of the provider's own becomes the one that the stand-in takes. Other inference providers
    are left out with their models: nobody would answer them.
    """
    changed = copy.deepcopy(config)
    passing = {route.provider: route for route in routes if route.kind == PASSTHROUGH}
    entries = [e for e in changed["providers"]["inference"] if e.get("provider_id") in passing]
    changed["providers"]["inference"] = entries
    for entry in entries:
        route = passing[entry["provider_id"]]
        path = urlsplit(route.base_url).path if route.vendor else ""
        entry["config"]["base_url"] = base[route.dialect] + path
        for name in OWN_KEY & entry["config"].keys() if route.has_key else ():
            entry["config"][name] = UPSTREAMS[route.dialect].stand_in_key
    models = (changed.get("registered_resources") or {}).get("models")
    if models:
        kept = [model for model in models if model.get("provider_id") in passing]
        changed["registered_resources"]["models"] = kept
    return changed


@pytest_asyncio.fixture(loop_scope="session")
async def loopback(
    request: pytest.FixtureRequest, fronts: Callable[[Subject], Awaitable[_Front]], subject: Subject
) -> AsyncIterator[Loopback]:
    """The gateway in front of stand-ins that have received nothing and work."""
    if subject.is_own and (await request.getfixturevalue("boots").gateway(subject)).failure:
        pytest.skip("the config does not boot on this release")
    booted, stand_ins = await fronts(subject)
    stand_ins.clear()
    gateway = Loopback(booted, stand_ins, len(booted.log))
    with garbage.left_alone():  # connections are observed
        yield gateway
    await gateway.closing()
    stand_ins.clear()

"""Callers of one gateway who send whatever they like, and the vendor that it asks for them."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance import shipped
from conformance.core import releases
from conformance.stack import booting, configs
from conformance.stack.client import Gateway
from conformance.stack.sandbox import closed_network, process_home, surroundings
from conformance.vendors.raw import serve_raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.vendors.raw import RawServer

URL = "https://unused.test"
PROMPT = {"model": "any/any", "messages": [{"role": "user", "content": "x"}]}


@dataclass(frozen=True)
class Callers:
    """Callers of one gateway, and its vendor."""

    gateway: Gateway
    vendor: RawServer
    runner: asyncio.Runner

    def status(self, header: bytes, body: bytes | None = None) -> int:
        """Chat with this as the provider data, and as the body; return the answer's status."""

        async def ask() -> int:
            fields = {self.gateway.header.encode(): header, b"content-type": b"application/json"}
            content = json.dumps(PROMPT).encode() if body is None else body
            client, path = self.gateway.client, "/v1/chat/completions"
            with self.gateway.around():
                return (await client.post(path, content=content, headers=fields)).status_code

        return self.runner.run(ask())


@contextmanager
def gateway_of(directories: pytest.TempPathFactory) -> Iterator[Callers]:
    """Boot a gateway whose vendor is a server on loopback, and close both after the block."""
    facts = releases.facts(releases.installed())
    home, cwd = directories.mktemp("home"), directories.mktemp("work")
    block = AsyncExitStack()

    async def start(url: str) -> Gateway:
        config = configs.fitted(configs.read(shipped("run.yaml")), facts)
        own = configs.inference(config, [configs.provider("any", base_url=url)])
        run = await block.enter_async_context(booting.boot(own, facts, home, cwd))
        gateway = Gateway(facts.header, app=run.app, around=run.state.active)
        return await block.enter_async_context(gateway)

    with (
        asyncio.Runner() as runner,
        serve_raw() as vendor,
        closed_network(),
        surroundings(process_home(), process_home()),
    ):
        yield Callers(runner.run(start(vendor.url)), vendor, runner)
        runner.run(block.aclose())

"""A server that many callers ask at once for minutes, as `isolation` asks it for seconds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.promises.isolation.test_isolation import MANY
from conformance.stack import configs
from conformance.stack.crowd import four, over_sockets, result, traffic_of
from conformance.stack.entry import QUIET, variable
from conformance.vendors.raw import serve_raw
from conformance.vendors.server import serve
from tests.support.servers import running

if TYPE_CHECKING:
    from pathlib import Path

AT_ONCE = 16


async def asked(directory: Path) -> tuple[str, str]:
    """Let 64 callers send 2,048 requests to a server; return the outcome and the evidence."""
    facts = releases.facts(releases.reference())
    quiet = {variable(facts, name): value for name, value in QUIET.items()}
    with serve() as vendors, serve_raw() as vendor:
        vendor.echoes()
        started = running(
            directory, vendors, quiet, lambda config: configs.inference(config, four(vendor.url))
        )
        async with started as (client, server):
            async with over_sockets(facts.header, str(client.base_url)) as front:
                traffic = await traffic_of(front, *MANY, AT_ONCE)
            await server.settled()
        return result(traffic, vendor.requests)


@pytest.mark.thorough
def test_callers_of_a_server_do_not_meet(tmp_path: Path) -> None:
    """Of 2,048 requests of 64 callers, each has its own key and each answer its own caller."""
    outcome, evidence = asyncio.run(asked(tmp_path))

    assert outcome == "kept-apart", evidence

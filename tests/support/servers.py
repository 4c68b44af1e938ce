"""Starts the reference release's server in front of stand-ins, for tests that need no check."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import yaml

from conformance.core import releases
from conformance.run import subject
from conformance.run.fixtures.processes import served
from conformance.run.fixtures.server import VENDOR
from conformance.stack import ports, server_process
from conformance.stack.entry import entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from conformance.stack.configs import Config
    from conformance.stack.server_process import ServerProcess
    from conformance.vendors.stand_ins import StandIns

LIMIT_S = 60


@asynccontextmanager
async def running(
    directory: Path,
    vendors: StandIns,
    variables: Mapping[str, str],
    change: Callable[[Config], Config] = lambda config: config,
) -> AsyncIterator[tuple[httpx.AsyncClient, ServerProcess]]:
    """Start a server with these variables; give the client of a caller with a key, and the server.

    `change` makes the config that it starts with.
    Raises `CouldNotObserveError` if it does not start.
    """
    release = releases.reference()
    facts = releases.facts(release)
    home, file = directory / "home", directory / "run.yaml"
    home.mkdir()
    vendor = {"passthrough_url": vendors.base[VENDOR.name]}
    data = json.dumps(vendor | {"passthrough_api_key": VENDOR.stand_in_key})
    with ports.reserved() as port:
        config = served(subject.of_release(facts, {}).config, vendors.base, port)
        file.write_text(yaml.safe_dump(change(config)), encoding="utf-8")
        command = entry(release, facts).name, "stack", "run", str(file), "--port", str(port)
        line = server_process.command(*command)
        started = server_process.started(line, home, port, directory / "log", variables)
        asking = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={facts.header: data},
            trust_env=False,
            timeout=LIMIT_S,
        )
        async with started as server, asking as client:
            yield client, server

"""What keeps a server from losing connections while the garbage collector closes others."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from conformance.core import releases
from conformance.run import subject
from conformance.run.fixtures.customized import customized
from conformance.run.fixtures.processes import free_port, served
from conformance.run.fixtures.server import VENDOR
from conformance.stack import server_process
from conformance.stack.entry import entry
from conformance.vendors.server import serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.thorough  # every lost connection takes five seconds
CHATS = 150  # about one in twenty-five is lost
LIMIT_S = 60


async def lost(directory: Path, variables: Mapping[str, str]) -> int:
    """Send chats to a server, one after the other; return how many connections it lost.

    The SDK inside the stack then asks the vendor once more, and says so.
    """
    release = releases.reference()
    facts = releases.facts(release)
    home, file = directory / "home", directory / "run.yaml"
    home.mkdir()
    with serve() as vendors:
        with free_port() as port:
            config = served(subject.of_release(facts, {}).config, vendors.base, port)
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        line = server_process.command(
            entry(release, facts).name, "stack", "run", str(file), "--port", str(port)
        )
        running = server_process.started(line, home, port, directory / "log", variables)
        vendor = {"passthrough_url": vendors.base[VENDOR.name]}
        data = json.dumps(vendor | {"passthrough_api_key": VENDOR.stand_in_key})
        async with running, httpx.AsyncClient(trust_env=False, timeout=LIMIT_S) as client:
            for number in range(CHATS):
                answer = await client.post(
                    f"http://127.0.0.1:{port}/v1/chat/completions",
                    json={
                        "model": "openai/gpt-4o",
                        "messages": [{"role": "user", "content": f"Chat {number}."}],
                    },
                    headers={facts.header: data},
                )
                assert answer.status_code == httpx.codes.OK, answer.text
        counts = [request.headers.get("x-stainless-retry-count") for request in vendors.requests]
    assert len(counts) == CHATS
    return sum(count != "0" for count in counts)


def uvloop(directory: Path) -> dict[str, str]:
    """Install uvloop in a directory of its own; return the variable that adds it to a server."""
    place = directory / "site"
    tool = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    done = subprocess.run([*tool, "--target", str(place), "uvloop"], check=False)  # noqa: S603
    if done.returncode:
        pytest.skip("no package index can be reached")
    return {"PYTHONPATH": str(place)}


def test_a_server_as_it_is_loses_connections(tmp_path: Path) -> None:
    """Some connections of a server that nobody else uses never come about."""
    assert asyncio.run(lost(tmp_path, {})) > 0


def test_a_server_without_the_collector_loses_none(tmp_path: Path) -> None:
    """With `gc.disable()` in the server, every connection comes about."""
    assert asyncio.run(lost(tmp_path, customized(tmp_path, "import gc; gc.disable()"))) == 0


def test_a_server_with_uvloop_loses_none(tmp_path: Path) -> None:
    """With uvloop beside the server, every connection comes about."""
    assert asyncio.run(lost(tmp_path, uvloop(tmp_path))) == 0

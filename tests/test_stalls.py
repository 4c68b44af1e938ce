"""What keeps a server from losing connections while the garbage collector closes others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.run.fixtures.customized import customized
from conformance.run.fixtures.server import PATH
from conformance.vendors.server import serve
from tests.support.servers import running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.thorough  # every lost connection takes five seconds
CHATS = 150  # about one in twenty-five is lost


async def lost(directory: Path, variables: Mapping[str, str]) -> int:
    """Send chats to a server, one after the other; return how many connections it lost.

    The SDK inside the stack then asks the vendor once more, and says so.
    """
    with serve() as vendors:
        async with running(directory, vendors, variables) as (client, _):
            for number in range(CHATS):
                messages = [{"role": "user", "content": f"Chat {number}."}]
                body = {"model": "openai/gpt-4o", "messages": messages}
                answer = await client.post(PATH, json=body)
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

"""What keeps a server from losing connections while the garbage collector closes others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.gotchas.late_closing.test_late_closing import AS_SOCKETS_ARE_MADE
from conformance.run.fixtures.customized import customized
from conformance.run.fixtures.server import PATH
from conformance.vendors.server import serve
from tests.support.servers import running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.thorough  # every lost connection takes five seconds
CHATS = 150  # about one in twenty-five is lost
FEW = 5  # where each chat but the first meets the collector


async def lost(directory: Path, variables: Mapping[str, str], chats: int) -> int:
    """Send chats to a server, one after the other; return how many connections it lost.

    The SDK inside the stack then asks the vendor once more, and says so.
    """
    with serve() as vendors:
        async with running(directory, vendors, variables) as (client, _):
            for number in range(chats):
                messages = [{"role": "user", "content": f"Chat {number}."}]
                body = {"model": "openai/gpt-4o", "messages": messages}
                answer = await client.post(PATH, json=body)
                assert answer.status_code == httpx.codes.OK, answer.text
        counts = [request.headers.get("x-stainless-retry-count") for request in vendors.requests]
    assert len(counts) == chats
    return sum(count != "0" for count in counts)


def install_uvloop(place: str) -> None:
    """Install uvloop in a directory, from which uvicorn takes it."""
    tool = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    done = subprocess.run([*tool, "--target", place, "uvloop"], check=False)  # noqa: S603
    if done.returncode:
        pytest.skip("no package index can be reached")


def test_a_server_as_it_is_loses_connections(tmp_path: Path) -> None:
    """Some connections of a server that nobody else uses never come about."""
    assert asyncio.run(lost(tmp_path, {}, CHATS)) > 0


def test_a_server_with_uvloop_loses_none(tmp_path: Path) -> None:
    """With uvloop beside the server, every connection comes about, whenever others are closed."""
    (without := tmp_path / "without").mkdir()
    (beside := tmp_path / "beside").mkdir()
    variables = customized(tmp_path, AS_SOCKETS_ARE_MADE)
    assert asyncio.run(lost(without, variables, FEW)) == FEW - 1

    install_uvloop(variables["PYTHONPATH"])
    assert asyncio.run(lost(beside, variables, FEW)) == 0

"""A start moves `~/.llama` to `~/.ogx`, with the stores that the config has there."""

import asyncio
import shutil

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs
from conformance.stack.client import Gateway

GOTCHA = Gotcha(
    slug="moved-directory",
    happens="from 0.8.0 on a start moves `~/.llama` to `~/.ogx` if there is none; stores "
    "configured below it begin empty",
    why="after the upgrade stored chats and registered models are gone from every list; nothing is "
    "lost, but no message says where it went",
    example="# run.yaml keeps its stores below ${env.HOME}/.llama\nllama stack run run.yaml",
    instead="with the upgrade write `.ogx` for `.llama` in the paths of stores: they are found "
    "where they were moved to; or keep them outside `~/.llama`",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"forgotten", "moved"}),
    decided_by=("core.utils.config_dirs:migrate_legacy_config_dir",),
)
pytestmark = [pytest.mark.needs("process"), pytest.mark.slow]

OLD, NEW = "${env.HOME}/.llama/distributions/shop", "${env.HOME}/.ogx/distributions/shop"
LIST = "/v1/chat/completions?limit=1000"
PATIENCE, PAUSE_S = 100, 0.1
LIMIT_S = 60
NAMED = """
import os
os.environ["OGX_CONFIG_DIR"] = os.path.expanduser("~/.ogx")
"""


def storage(config, below):
    """Return the backends of a config whose stores are below a directory."""
    own = configs.stores(config, kv=f"{below}/kvstore.db", sql=f"{below}/sql_store.db")
    return {"backends": own["storage"]["backends"]}


async def listed(gateway):
    """Return the ids of the stored chats."""
    answer = await gateway.request("GET", LIST)
    if answer.status != 200:
        raise CouldNotObserveError(f"GET {LIST}: {answer}")
    return {row["id"] for row in answer.json()["data"]}


async def stored(gateway, data):
    """Send a chat; return its id, once it is listed."""
    messages = [{"role": "user", "content": "Where do stores go?"}]
    answer = await gateway.chat("openai/gpt-4o", data=data, messages=messages)
    if answer.status != 200:
        raise CouldNotObserveError(f"the chat is not answered: {answer}")
    for _ in range(PATIENCE):
        if answer.json()["id"] in await listed(gateway):
            return answer.json()["id"]
        await asyncio.sleep(PAUSE_S)  # chats are written behind the caller's back
    raise CouldNotObserveError("the chat is not stored")


async def found_again(own_server, config, home, key, below):
    """Store a chat below `~/.llama`, as a release before 0.8.0; start with stores at `below`.

    Returns whether that start lists the chat, and the evidence.
    """
    async with (
        own_server(home, storage=storage(config, OLD)) as server,
        Gateway(server.header, url=server.url) as gateway,
    ):
        chat = await stored(gateway, server.data(key))
    shutil.rmtree(home / ".ogx", ignore_errors=True)  # a release before 0.8.0 has made none
    async with (
        own_server(home, storage=storage(config, below)) as server,
        Gateway(server.header, url=server.url) as gateway,
    ):
        after = await listed(gateway)
    places = sorted(str(file.relative_to(home)) for file in home.rglob("sql_store.db"))
    return chat in after, f"{len(after)} chats are listed; {places}"


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(
    kept="the start lists the chat that was stored before",
    forgotten="the start does not list it",
)
async def test_start(own_server, observed, config, home, stand_in_key):
    """Both stores are below `~/.llama` and hold a chat, as a release before 0.8.0 leaves them."""
    found, evidence = await found_again(own_server, config, home, stand_in_key, OLD)
    observed("kept" if found else "forgotten", evidence)


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(
    followed="the start lists the chat that was stored before",
    empty="the start does not list it",
)
async def test_paths_changed(own_server, observed, config, home, stand_in_key):
    """The workaround: the same, and the config of the next start has `.ogx` for `.llama`."""
    found, evidence = await found_again(own_server, config, home, stand_in_key, NEW)
    observed("followed" if found else "empty", evidence)


@pytest.mark.needs("remote::passthrough")
@outcomes(
    stays="the file is where it was",
    moved="the file is below `~/.ogx`",
)
async def test_directory_named(launched, observed, home):
    """A file in `~/.llama`, and a start with `OGX_CONFIG_DIR` set, as who wants no move sets it."""
    left = home / ".llama" / "left.txt"
    left.parent.mkdir()
    left.write_text("left")
    async with launched(NAMED, home) as server, asyncio.timeout(LIMIT_S):
        while not await server.listens():
            if server.process.poll() is not None:
                raise CouldNotObserveError(f"the server ended: {server.console[-300:]}")
            await asyncio.sleep(PAUSE_S)
    found = [str(file.relative_to(home)) for file in home.rglob("left.txt")]
    observed("stays" if left.exists() else "moved", found)

"""A gateway that is killed starts again, with all that it had shown as stored."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Promise, outcomes
from conformance.stack.client import Gateway

PROMISE = Promise(
    slug="killed",
    requires="Killed at any moment, the gateway MUST start again in the same home, and MUST show "
    "the models of its config and the chats that it showed before.",
    instead="copy both databases from time to time, through SQLite's `.backup`",
    documented="found by this suite",
    bites=frozenset({"models-lost", "chats-lost", "start-fails", "not-answered"}),
    decided_by=(
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl",
        "core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl",
    ),
)
pytestmark = [pytest.mark.needs("process", "remote::passthrough", "chat"), pytest.mark.slow]

MODEL = "openai/gpt-4o"
BEFORE, AT_ONCE, ANSWERED = 8, 64, 16  # chats, of the last at once those until it is killed
PATIENCE, PAUSE_S = 100, 0.1
START_S, SOON_S = 60, 0.005
ENDED = "the server ended"  # what the harness says of a start; a slow one is no observation
LIST = "/v1/chat/completions?limit=1000"


async def chat(gateway, data, prompt):
    """Send a chat; return its id, None if it is not answered with 200."""
    messages = [{"role": "user", "content": prompt}]
    answer = await gateway.chat(MODEL, data=data, messages=messages)
    return answer.json()["id"] if answer.status == 200 else None


async def listed(gateway):
    """Return the ids of all stored chats."""
    answer = await gateway.request("GET", LIST)
    if answer.status != 200:
        raise CouldNotObserveError(f"GET {LIST}: {answer}")
    return {row["id"] for row in answer.json()["data"]}


async def some_stored(gateway, data):
    """Send chats one after another; return their ids once all are listed."""
    ids = {await chat(gateway, data, f"before {number}") for number in range(BEFORE)}
    for _ in range(PATIENCE):
        if ids <= await listed(gateway):
            return ids
        await asyncio.sleep(PAUSE_S)  # chats are written behind the caller's back
    raise CouldNotObserveError(f"{BEFORE} chats are not listed")


async def killed_at_work(gateway, data, process):
    """Send chats at once, kill the server in the midst of them; return the ids of the answered."""
    asked = [asyncio.create_task(chat(gateway, data, f"at once {n}")) for n in range(AT_ONCE)]
    for answered, ended in enumerate(asyncio.as_completed(asked), 1):
        await ended
        if answered == ANSWERED:
            break
    process.kill()
    ends = await asyncio.gather(*asked, return_exceptions=True)
    return {end for end in ends if isinstance(end, str)}


@outcomes(
    kept="it starts again and answers, and all chats that were listed are listed",
    chats_lost="it starts again, but chats that were listed are not",
    start_fails="it does not start again",
    not_answered="it starts again, and answers a chat with an error",
)
async def test_while_chats_are_written(own_server, observed, home, stand_in_key):
    """SIGKILL while 64 chats are answered and written; then a start in the same home."""
    async with own_server(home) as server, Gateway(server.header, url=server.url) as gateway:
        data = server.data(stand_in_key)
        before = await some_stored(gateway, data)
        answered = await killed_at_work(gateway, data, server.process.process)
    try:
        async with own_server(home) as server, Gateway(server.header, url=server.url) as gateway:
            new = await chat(gateway, server.data(stand_in_key), "after")
            after = await listed(gateway)
    except CouldNotObserveError as error:
        if ENDED not in str(error):
            raise
        observed("start-fails", error)
        return
    told = f"{len(answered - after)} of {len(answered)} answered while it was killed are lost"
    outcome = "kept" if before <= after else "chats-lost"
    observed(outcome if new else "not-answered", f"{len(before - after)} earlier; {told}")


async def registry_is_there(home, process):
    """Wait until a server that starts has made its registry's file."""
    for _ in range(int(START_S / SOON_S)):
        if any(home.rglob("kv.db")):
            return
        if process.poll() is not None:
            break
        await asyncio.sleep(SOON_S)
    raise CouldNotObserveError(f"the start makes no registry: {process.poll()}")


@outcomes(
    kept="it starts again and answers, and lists the model of its config",
    models_lost="it starts again, but does not list the model of its config",
    start_fails="it does not start again",
    not_answered="it starts again, and answers a chat with an error",
)
async def test_while_it_starts(launched, own_server, observed, home, stand_in_key):
    """SIGKILL as soon as the registry's file is there; then a start in the same home."""
    async with launched("", home) as start:
        await registry_is_there(home, start.process)
        start.process.kill()
    try:
        async with own_server(home) as server, Gateway(server.header, url=server.url) as gateway:
            answered = await chat(gateway, server.data(stand_in_key), "after")
            models = await gateway.model_ids()
    except CouldNotObserveError as error:
        if ENDED not in str(error):
            raise
        observed("start-fails", error)
        return
    outcome = "kept" if MODEL in models else "models-lost"
    observed(outcome if answered else "not-answered", models)

"""A store that cannot be used is noticed late: the gateway boots, and answers without it."""

import asyncio

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="broken-stores",
    happens="where the SQL store is opened when it is first used, a gateway with a broken one "
    "boots, and answers chats that it does not store",
    why="a start tells nothing of it: callers are served, nothing is kept, and whoever lists the "
    "chats gets a 500; other releases refuse to start, and name the file's fault",
    example="kvstore.db holds half a page after the disk was full",
    instead="ask for `GET /v1/chat/completions` once after each start, and restart without the "
    "file if it is not a 200",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"not-stored", "chats-fail"}),
    decided_by=(
        "core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl",
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

FILES = {"registry": "kvstore.db", "chats": "sql_store.db"}
NO_DATABASE = b"this is no database, and never was one. " * 200
PATIENCE, PAUSE_S = 20, 0.05
RESULTS = {
    "served": "the stack boots, and a chat is answered and listed",
    "not_stored": "the stack boots and a chat is answered, but it is not listed",
    "chats_fail": "the stack boots, and a chat is answered with an error",
    "boot_fails": "the stack does not boot",
}


async def served(gateway, route, data):
    """Return the outcome for a chat, and for the list of the chats after it."""
    chat = await gateway.chat(route.model, data=data)
    if chat.status != 200:
        return "chats-fail", chat
    for _ in range(PATIENCE):
        listed = await gateway.request("GET", "/v1/chat/completions?limit=1000")
        if chat.json()["id"] in listed.text:
            return "served", listed
        await asyncio.sleep(PAUSE_S)  # from 0.7.0 on chats are written behind the caller's back
    return "not-stored", listed


@pytest.mark.scenario("chat")
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
@pytest.mark.parametrize("kind", ["no-database", "a-directory"])
@outcomes(**RESULTS)
async def test_with(boot, observed, config, home, provider_data, route, file, kind):
    """The file of a store holds something else, or is a directory, before the stack starts."""
    backends = config["storage"]["backends"]
    for name, own in (("kv_default", "kvstore.db"), ("sql_default", "sql_store.db")):
        backends[name]["db_path"] = str(home / own)
    if kind == "a-directory":
        (home / file).mkdir()
    else:
        (home / file).write_bytes(NO_DATABASE)
    async with boot(config) as run:
        if run.failure:
            observed("boot-fails", run.failure)
            return
        observed(*await served(run.gateway, route, provider_data(route)))

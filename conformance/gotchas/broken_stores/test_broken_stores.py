"""Chats are answered and not stored when their store is full, locked, read-only or broken."""

import asyncio
import contextlib
import sqlite3

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, databases, stored

GOTCHA = Gotcha(
    slug="broken-stores",
    happens="a gateway answers chats, and no longer stores them, when their store is full, locked, "
    "read-only or broken",
    why="chats are written behind the caller's back, and where the store is opened at its first "
    "use a start says nothing either: callers are served, nothing is kept, and whoever lists the "
    "chats may get a 500; a registry that cannot be read stops the start on every release",
    example="the disk fills up, or another process holds the lock of sql_store.db for six seconds",
    instead="after each start, and then from time to time, send a chat and look for its id in "
    "`GET /v1/chat/completions`: no other answer tells that chats are not stored",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"not-stored", "chats-fail", "forgotten"}),
    decided_by=(
        "core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl",
        "core.storage.kvstore.sqlite.sqlite:SqliteKVStoreImpl",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

FILES = {"registry": "kvstore.db", "chats": "sql_store.db"}
NO_DATABASE = b"this is no database, and never was one. " * 200
PATIENCE, PAUSE_S = 20, 0.05
MODEL = configs.model("any", "any")
RESULTS = {
    "served": "the stack boots, and a chat is answered and listed",
    "not_stored": "the stack boots and a chat is answered, but it is not listed",
    "chats_fail": "the stack boots, and a chat is answered with an error",
    "boot_fails": "the stack does not boot",
}


async def result(gateway, chat):
    """Return the outcome for the answer to a chat, and the last answer: it, or the list."""
    if chat.status != 200:
        return "chats-fail", chat
    for _ in range(PATIENCE):
        listed = await gateway.request("GET", "/v1/chat/completions?limit=1000")
        if chat.json()["id"] in listed.text:
            return "served", listed
        await asyncio.sleep(PAUSE_S)  # chats are written behind the caller's back
    return "not-stored", listed


def at_home(config):
    """Let the config have both stores in the home, under the names in `FILES`."""
    return configs.stores(config, kv="${env.HOME}/kvstore.db", sql="${env.HOME}/sql_store.db")


@pytest.mark.scenario("chat")
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
@pytest.mark.parametrize("kind", ["no-database", "a-directory"])
@outcomes(**RESULTS)
async def test_with(boot, observed, config, home, provider_data, route, file, kind):
    """The file of a store holds something else, or is a directory, before the stack starts."""
    if kind == "a-directory":
        (home / file).mkdir()
    else:
        (home / file).write_bytes(NO_DATABASE)
    async with boot(at_home(config)) as run:
        if run.failure:
            observed("boot-fails", run.failure)
            return
        chat = await run.gateway.chat(route.model, data=provider_data(route))
        observed(*await result(run.gateway, chat))


DAMAGES = {
    "half": databases.half,
    "overwritten": databases.overwritten,
    "read-only": databases.read_only,
    "other-columns": databases.with_other_columns,
}
CASES = {f"{d}-{f}": (DAMAGES[d], FILES[f]) for d in DAMAGES for f in FILES}
# What a start writes to the registry fits into the pages that are there.
CASES["full-chats"] = (databases.full, FILES["chats"])


async def asked(run, prompt):
    """Ask a vendor that echoes; return the answer once the chat is written, or cannot be."""
    messages = [{"role": "user", "content": prompt}]
    data = {"passthrough_url": "https://unused.test", "passthrough_api_key": "unused"}
    async with stored.tasks_ended():
        return await run.gateway.chat("any/any", data=data, messages=messages)


async def left(in_front, server, config, home):
    """Put into the home the stores that a start and a chat have left, and return their config."""
    server.echoes()
    own = configs.inference(config, [configs.provider("any", base_url=server.url)], [MODEL])
    first = await in_front(at_home(own))
    before, evidence = await result(first.gateway, await asked(first, "first"))
    if before != "served":
        raise CouldNotObserveError(f"without damage: {before}, {evidence}")
    for name in FILES.values():
        databases.copied(first.home / name, home / name)
    return at_home(own)


@pytest.mark.parametrize(("damage", "file"), CASES.values(), ids=CASES)
@outcomes(**RESULTS, forgotten="the stack boots, but the earlier chat is not listed any more")
async def test_left(in_front, boots, server, observed, config, home, damage, file):
    """The file of a store, as a start and a chat have left it, is damaged before the next start."""
    own = await left(in_front, server, config, home)
    damage(home / file)
    async with boots.fresh(own, home) as run:
        if run.failure:
            await boots.control()
            observed("boot-fails", run.failure)
            return
        outcome, answer = await result(run.gateway, await asked(run, "second"))
    forgotten = outcome == "served" and "chatcmpl-first" not in answer.text
    observed("forgotten" if forgotten else outcome, answer)


@outcomes(**RESULTS)
async def test_outgrown(in_front, boots, server, observed, config, home):
    """The registry is full, and the next start has a model more than fits into its pages."""
    own = await left(in_front, server, config, home)
    databases.full(home / FILES["registry"])
    more = configs.model("any", "more", metadata={"note": "long " * 1000})
    grown = configs.inference(own, own["providers"]["inference"], [MODEL, more])
    async with boots.fresh(grown, home) as run:
        if run.failure:
            await boots.control()
            observed("boot-fails", run.failure)
            return
        observed(*await result(run.gateway, await asked(run, "second")))


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
@outcomes(**RESULTS)
async def test_locked(in_front, boots, server, observed, config, home, file):
    """Another process writes to a store from before the start until the stack gives up.

    It waits five seconds, as Python and the stack set SQLite up.
    """
    own = await left(in_front, server, config, home)
    with contextlib.closing(sqlite3.connect(home / file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with boots.fresh(own, home) as run:
            if run.failure:
                await boots.control()
                observed("boot-fails", run.failure)
                return
            chat = await asked(run, "second")
            other.execute("COMMIT")
            observed(*await result(run.gateway, chat))

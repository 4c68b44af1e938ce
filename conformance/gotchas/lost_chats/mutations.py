"""Mutations for the checks of `lost-chats`."""

import asyncio
import time

from conformance.stack.mutations import flips_server

STORE = "core.storage.sqlstore.sqlalchemy_sqlstore"
PAUSE_S = 0.1
WORK_S = 1.5


@flips_server(
    {
        "lost-chats/stored": "stored",
        "lost-chats/work-as-it-is": "quick",
        "lost-chats/work-json-format": "quick",
    }
)
def writes_are_tried_again(patch, stack):
    """A write that the database refuses is tried until it succeeds."""
    store = stack(STORE).SqlAlchemySqlStoreImpl
    original = store.insert

    async def insert(self, *arguments, **fields):
        from sqlalchemy.exc import OperationalError

        while True:
            try:
                return await original(self, *arguments, **fields)
            except OperationalError:
                await asyncio.sleep(PAUSE_S)

    patch.setattr(store, "insert", insert)


@flips_server({"lost-chats/work-level-critical": "freezes"})
def storing_is_work(patch, stack):
    """Each write costs the server more than a second, as a traceback does."""
    store = stack(STORE).SqlAlchemySqlStoreImpl
    original = store.insert

    async def insert(self, *arguments, **fields):
        until = time.process_time() + WORK_S
        while time.process_time() < until:
            pass
        return await original(self, *arguments, **fields)

    patch.setattr(store, "insert", insert)

"""Mutations for the checks of `lost-chats`."""

import asyncio

from conformance.stack.mutations import flips_server

STORE = "core.storage.sqlstore.sqlalchemy_sqlstore"
PAUSE_S = 0.1


@flips_server(
    {
        "lost-chats/stored": "stored",
        "lost-chats/work-as-it-is": "plain",
        "lost-chats/work-json-format": "plain",
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


@flips_server({"lost-chats/work-level-critical": "drawn"})
def levels_are_not_read(patch, stack):
    """`LOGGING` is read by nobody."""
    patch.setattr(stack("log"), "parse_environment_config", lambda _: {})

"""Reads from SQLite's file what an inference store holds, once all that is on its way is written.

Chats are written by tasks that the stack starts behind the callers' backs. Asking the gateway for
its list would open the store, which is what a check may want to leave to the first chats.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

UNOPENED = "unable to open database file"  # what SQLite says of a file it cannot make or read
LIMIT_S = 60.0  # a writer waits up to five seconds for each lock; a busy machine takes tenfold


class Stored(NamedTuple):
    """A stored chat: the last message that was asked, and the answer."""

    prompt: str
    answer: str


@contextlib.asynccontextmanager
async def tasks_ended() -> AsyncIterator[None]:
    """After the block, wait until every task that was started in it has ended.

    Raises `CouldNotObserveError` if the block and they take longer than `LIMIT_S`.
    """
    before = asyncio.all_tasks()
    try:
        async with asyncio.timeout(LIMIT_S):
            yield
            while begun := asyncio.all_tasks() - before:
                await asyncio.wait(begun)
    except TimeoutError as error:
        left = asyncio.all_tasks() - before
        raise CouldNotObserveError(f"{left} tasks are at work after {LIMIT_S:g} s") from error


def chats(file: Path, table: str = "inference_store") -> list[Stored]:
    """Return all chats in the file of a store; none if it has no such table."""
    with contextlib.closing(sqlite3.connect(file)) as opened:
        names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if (table,) not in names.fetchall():
            return []
        rows = opened.execute(f"SELECT input_messages, choices FROM {table}")  # noqa: S608 - ours
        found = [(json.loads(asked), json.loads(choices)) for asked, choices in rows]
    return [
        Stored(asked[-1]["content"], choices[0]["message"]["content"] or "")
        for asked, choices in found
    ]

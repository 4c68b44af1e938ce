"""Databases answer at once while a stack boots, from their threads at other times, and the same."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import aiosqlite
import pytest

from conformance.stack import databases

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

ADD = "insert into letters values (?)"


@pytest.fixture(autouse=True)
def shortcut(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the shortcut for the length of a test."""
    monkeypatch.setattr(aiosqlite.Connection, "__init__", aiosqlite.Connection.__init__)
    monkeypatch.setattr(aiosqlite.Connection, "_execute", aiosqlite.Connection._execute)
    monkeypatch.setattr(aiosqlite, "connect", aiosqlite.connect)
    databases.take.__wrapped__()
    yield
    monkeypatch.undo()


async def letters(connection: aiosqlite.Connection) -> list[str]:
    """Return what is in the table."""
    return [text for (text,) in await connection.execute_fetchall("select text from letters")]


async def filled(file: Path) -> aiosqlite.Connection:
    """Return a new connection to a new table with one row."""
    connection = await aiosqlite.connect(file)
    await connection.execute("create table letters (text)")
    await connection.execute(ADD, ("a",))
    await connection.commit()
    return connection


def test_at_once_needs_no_thread(tmp_path: Path) -> None:
    """Inside the block a connection is made, asked and closed, and its thread does not begin."""

    async def asked() -> tuple[list[str], int | None]:
        with databases.at_once():
            connection = await filled(tmp_path / "x.db")
            found = await letters(connection)
            await connection.close()
        return found, connection._thread.ident

    assert (["a"], None) == asyncio.run(asked())


def test_afterwards_a_connection_has_its_thread(tmp_path: Path) -> None:
    """What a boot has opened serves requests that wait for each other's transactions."""

    async def written() -> tuple[list[str], list[threading.Thread]]:
        with databases.at_once():
            first = await filled(tmp_path / "x.db")
            second = await aiosqlite.connect(tmp_path / "x.db")
        await first.execute(ADD, ("b",))
        waiting = asyncio.create_task(second.execute(ADD, ("c",)))
        await first.commit()
        await waiting
        await second.commit()
        found = await letters(first)
        for connection in (first, second):
            await connection.close()
        return found, [first._thread, second._thread]

    found, threads = asyncio.run(asyncio.wait_for(written(), 4))
    for thread in threads:
        thread.join(4)

    assert ["a", "b", "c"] == found
    assert [(True, False)] * 2 == [(t.ident is not None, t.is_alive()) for t in threads]


def test_another_stack_does_not_block_the_block(tmp_path: Path) -> None:
    """A task that was there before waits for a transaction in its thread, and the loop goes on."""

    async def late() -> None:
        second = await aiosqlite.connect(tmp_path / "x.db")
        await second.execute(ADD, ("c",))
        await second.commit()
        await second.close()

    async def written() -> list[str]:
        first = await filled(tmp_path / "x.db")
        await first.execute(ADD, ("b",))
        waiting = asyncio.create_task(late())
        with databases.at_once():
            await asyncio.wait({waiting}, timeout=0.2)
            await first.commit()
            await waiting
        found = await letters(first)
        await first.close()
        return found

    assert ["a", "b", "c"] == asyncio.run(asyncio.wait_for(written(), 4))


def test_threads_of_connections_that_nobody_closed_are_ended(tmp_path: Path) -> None:
    """A connection that was left open keeps its thread until all are ended."""

    async def left() -> aiosqlite.Connection:
        return await filled(tmp_path / "x.db")

    connection = asyncio.run(left())
    begun = connection._thread.is_alive()
    databases.end()
    connection._thread.join(4)

    assert (True, False) == (begun, connection._thread.is_alive())


def test_an_error_is_the_askers(tmp_path: Path) -> None:
    """A directory that is not there, and a statement that is none, fail as without the shortcut."""

    async def asked() -> None:
        with databases.at_once():
            with pytest.raises(sqlite3.OperationalError, match="unable to open"):
                await aiosqlite.connect(tmp_path / "missing" / "x.db")
            connection = await filled(tmp_path / "x.db")
            with pytest.raises(sqlite3.OperationalError, match="syntax error"):
                await connection.execute("no statement")
            await connection.close()
            with pytest.raises(ValueError, match="closed"):
                await letters(connection)

    asyncio.run(asked())

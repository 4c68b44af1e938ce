"""While a stack boots or shuts down, its databases answer in its own thread, not in theirs.

aiosqlite gives every connection a thread, and handing its questions over and back took a third of
a boot. In between every connection has its thread as elsewhere, for requests wait for each other's
transactions.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_inside: ContextVar[bool] = ContextVar("inside", default=False)
_waiting: list[int] = []  # the thread that is in the block, while one is
_connections: WeakSet[Any] = WeakSet()


@contextmanager
def at_once() -> Iterator[None]:
    """Inside the block, have every connection whose thread has not begun answer at once.

    What other stacks do meanwhile goes on in their threads: an answer to them might have to wait
    for a transaction that cannot end while this thread waits.
    """
    token = _inside.set(True)
    _waiting.append(threading.get_ident())
    try:
        yield
    finally:
        _waiting.pop()
        _inside.reset(token)


def _is_at_once() -> bool:
    """Say whether it is the block that asks, or a thread it has begun and waits for."""
    return bool(_waiting) and (_inside.get() or threading.get_ident() != _waiting[-1])


def end() -> None:
    """End the threads of connections that nobody closed; the first releases leave some."""
    for connection in [*_connections]:
        if connection._thread.is_alive():  # noqa: SLF001 - nothing else tells
            connection.stop()


class LateThread(threading.Thread):
    """A connection's thread, which begins with the first question that is not answered at once."""

    def start(self) -> None:
        """Do nothing yet."""

    def begin(self) -> None:
        """Begin, unless it has begun."""
        if self.ident is None:
            super().start()


class Questions:
    """Stands where a connection hands its questions to its thread."""

    def __init__(self, thread: LateThread, waiting: Any) -> None:
        """Stand before the queue that a thread reads."""
        self._thread, self._queue = thread, waiting

    def put_nowait(self, question: tuple[Any, Callable[[], Any]]) -> None:
        """Answer, or let the thread answer if it has begun or the block has ended."""
        if self._thread.ident is not None or not _is_at_once():
            self._thread.begin()
            self._queue.put_nowait(question)
            return
        future, ask = question
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001 - it is the asker's
            if future is not None:
                future.set_exception(error)
        else:
            if future is not None:
                future.set_result(answer)


@cache
def take() -> None:
    """Take this shortcut, from now on and for this process."""
    import aiosqlite  # noqa: PLC0415 - comes with the stack

    make, connect = aiosqlite.Connection.__init__, aiosqlite.connect
    execute: Any = aiosqlite.Connection._execute  # noqa: SLF001 - all but the first and last question

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        if {"_thread", "_tx"} <= vars(self).keys():  # as since aiosqlite 0.22
            self._thread.__class__ = LateThread
            self._tx = Questions(self._thread, self._tx)
            _connections.add(self)

    async def executed(self: Any, ask: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        thread = getattr(self, "_thread", None)
        late = isinstance(thread, LateThread) and thread.ident is None and _is_at_once()
        if late and self._connection is not None:
            return ask(*arguments, **named)
        return await execute(self, ask, *arguments, **named)

    def connected(database: Any, **options: Any) -> aiosqlite.Connection:
        return connect(database, **options | {"check_same_thread": False})

    aiosqlite.Connection.__init__ = made  # type: ignore[method-assign]
    setattr(aiosqlite.Connection, execute.__name__, executed)
    vars(aiosqlite)["connect"] = connected

"""Ends what hangs, and what the user interrupts, whatever the stack is doing at that moment."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


ENDING_S = 5.0  # for all that an interrupted check has left in its event loop
GRACE_S = 0.5  # in which an event loop may end by itself what hangs
REPEATED_S = 1.0  # the stack may catch what ends it
SOON_S = 0.001


class HangError(CouldNotObserveError):
    """It did not end within the limit."""

    def __init__(self, what: str, limit: float) -> None:
        """Say what hung, and after how many seconds it was ended."""
        super().__init__(f"{what} hung; ended after {limit:g} s")


@contextmanager
def ended_after(limit: float, what: str) -> Iterator[None]:
    """Raise `HangError` in the block once `limit` seconds have passed, whatever blocks it.

    The stack may initialise in a thread with a loop of its own, which only that loop can end, or
    block this thread, which only a signal can.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = set(threading.enumerate())

    hung: list[bool] = []

    def end(_signal: int, _frame: FrameType | None) -> None:
        hung.append(True)
        for thread in set(threading.enumerate()) - before:
            _cancel(thread)
        raise HangError(what, limit)

    began = time.monotonic()
    previous = signal.signal(signal.SIGALRM, end)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, limit + GRACE_S, REPEATED_S)
    try:
        yield
    except Exception as error:
        if hung and not isinstance(error, HangError):  # what follows from it
            raise HangError(what, limit) from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if outer:  # the limit of a block around this one
            left = outer - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(left, SOON_S), REPEATED_S)
    if hung:  # the stack has caught what ended it
        raise HangError(what, limit)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let an interrupt (SIGINT) raise `KeyboardInterrupt` at once while the block runs.

    By itself asyncio cancels a task instead, once, and the stack catches such a cancellation in
    several places and goes on; asyncio leaves a handler alone that is not Python's own.
    """
    inherited = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not inherited or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def terminable() -> Callable[[], None]:
    """Let SIGTERM interrupt this process as SIGINT does; return what undoes it.

    One that is ignored or handled otherwise is left alone.
    """
    inherited = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not inherited or threading.current_thread() is not threading.main_thread():
        return lambda: None
    signal.signal(signal.SIGTERM, _interrupt)
    return lambda: _put_back(signal.SIGTERM, signal.SIG_DFL)


def _put_back(number: signal.Signals, handler: signal.Handlers) -> None:
    signal.signal(number, handler)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class LeftBehind:
    """What an interrupted check leaves in its event loop.

    An interrupt ends one task and the loop; tasks that wait for that one raise it again as soon as
    the loop runs on, in the midst of what is torn down.
    """

    def __init__(self) -> None:
        """Know of no loop yet."""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.before: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Note the running loop, and the tasks that are none of the check that begins."""
        self.loop = asyncio.get_running_loop()
        self.before = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}

    def end(self) -> None:
        """Cancel the other tasks of the loop, and wait until they have ended."""
        if self.loop is None or self.loop.is_closed():
            return
        tasks = asyncio.all_tasks(self.loop) - self.before
        for task in tasks:
            task.cancel()
        ending = self.loop.create_task(asyncio.wait(tasks, timeout=ENDING_S)) if tasks else None
        while ending and not ending.done():
            with suppress(KeyboardInterrupt):
                self.loop.run_until_complete(ending)


def _cancel(thread: threading.Thread) -> None:
    """End what a thread is doing: its event loop's tasks if it runs one, else its current call."""
    ident = thread.ident
    frame = None if ident is None else sys._current_frames().get(ident)  # noqa: SLF001
    while frame is not None:
        loop = frame.f_locals.get("self")
        if frame.f_code.co_name == "run_forever" and isinstance(loop, asyncio.AbstractEventLoop):
            for task in asyncio.all_tasks(loop):
                loop.call_soon_threadsafe(task.cancel)
            return
        frame = frame.f_back
    if ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(ident), ctypes.py_object(SystemExit)
        )

"""Lets a process end although a thread of a hung boot does not."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from concurrent.futures import thread as pools
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 2.0  # that the threads have to end in, when all is done


class StrayThreads:
    """The threads that checks have started. `status` is what the process is to end with."""

    def __init__(self) -> None:
        """Know no thread yet."""
        self.status = 1
        self._started: set[threading.Thread] = set()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note the threads that are started while the block runs."""
        before = set(threading.enumerate())
        try:
            yield
        finally:
            self._started |= set(threading.enumerate()) - before

    def leave_behind(self) -> None:
        """Have the process end without these threads, if one of them is still there.

        Python waits at its end for every thread that is no daemon. All others are waited for here
        as well; they are not the suite's.
        """
        until = time.monotonic() + PATIENCE_S
        left = {thread for thread in self._started if thread.is_alive() and not thread.daemon}
        for thread in left:
            thread.join(timeout=max(0, until - time.monotonic()))
        if any(thread.is_alive() for thread in left):
            # The only place before Python's own waiting; `concurrent.futures` uses it, too.
            threading._register_atexit(self._end, left)  # type: ignore[attr-defined]  # noqa: SLF001

    def _end(self, strays: set[threading.Thread]) -> None:
        waiting = {threading.main_thread(), *strays, *pools._threads_queues}  # noqa: SLF001 - wait for work
        for thread in set(threading.enumerate()) - waiting:
            if not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()  # noqa: SLF001 - directories are removed there
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.status)

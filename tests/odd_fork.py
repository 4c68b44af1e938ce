"""A pytest plug-in that lets the forks of a run go wrong at their third check, as `ODD` says.

`dies`: the fork is killed. `blind`: the check cannot observe. `hangs`: it never ends. `refused`:
there is no fork to begin with.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from itertools import count

from conformance.core.model import CouldNotObserveError

PARENT = os.getpid()
THIRD = 3
REASON = "blind in a fork"

checks = count(1)


def pytest_configure() -> None:
    """Refuse to fork."""
    if os.environ["PYTEST_ODD"] == "refused":
        os.fork = _refuse


def _refuse() -> int:
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def pytest_runtest_setup() -> None:
    """Go wrong if this is a fork."""
    if os.getpid() == PARENT or next(checks) != THIRD:
        return
    how = os.environ["PYTEST_ODD"]
    if how == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hangs":
        threading.Event().wait()
    raise CouldNotObserveError(REASON)

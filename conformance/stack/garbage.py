"""Says when Python's garbage is collected, where that decides what is observed.

Nothing closes the SDK's clients inside the stack. When they are collected, their sockets go first
and their transports later, which then take away the event loop's interest in whichever new socket
has the old one's number: a connection is never seen to be made.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def left_alone() -> Iterator[None]:
    """Collect nothing while the block runs, and what it has made afterwards.

    Inside another such block, that one collects.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
            gc.collect(0)  # the youngest generation: all that the block has made

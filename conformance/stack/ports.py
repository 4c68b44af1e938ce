"""Holds ports of this machine: for a server that takes seconds to start, or so that none can."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


@contextmanager
def reserved() -> Iterator[int]:
    """Hold a port that is given to nobody else; a server that is told it can listen there.

    Until one does, a connection is refused. Linux lets two sockets have one port where both allow
    it, as asyncio and uvicorn do, and one alone listens: SO_REUSEADDR in socket(7).
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, 0))
        yield held.getsockname()[1]


@contextmanager
def taken() -> Iterator[int]:
    """Listen on a port, so that no server can."""
    with socket.create_server((HOST, 0)) as held:
        yield held.getsockname()[1]

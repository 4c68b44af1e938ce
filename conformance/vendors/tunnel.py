"""A company's proxy on loopback: it tunnels connections to servers of this machine alone."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Leading = Callable[[str], int | None]

PIECE = 65536
HERE = frozenset({"127.0.0.1", "localhost"})


@dataclass(slots=True)
class Tunnel:
    """A proxy that is running: where it is, and what it was asked for."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address that a client's `HTTPS_PROXY` names."""
        return f"http://127.0.0.1:{self.port}"


def here(target: str) -> int | None:
    """Return the port that a target like `localhost:443` names, None on another machine."""
    host, _, port = target.rpartition(":")
    return int(port) if host in HERE else None


@contextmanager
def tunnelling(leading: Leading = here) -> Iterator[Tunnel]:
    """Run a proxy that takes CONNECT, on a free port of 127.0.0.1, while the context is open.

    `leading` says to which port of this machine a target leads; None is answered with 403.
    """

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, target, _version = self.rfile.readline().decode().split()
            while self.rfile.readline().strip():
                pass
            tunnel.asked.append(target)
            port = leading(target) if method == "CONNECT" else None
            if port is None:
                self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.socket() as server:
                server.connect(("127.0.0.1", port))
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, self.connection))
                back.start()
                _pump(self.connection, server)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        tunnel = Tunnel(server.server_address[1])
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield tunnel
        finally:
            server.shutdown()
            running.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what one side sends until it ends, and then end the other."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)

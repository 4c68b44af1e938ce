"""A company's proxy as a recording would meet it: it tunnels to vendors, or refuses to."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.vendors.stand_ins import StandIns

PIECE = 65536


@dataclass(slots=True)
class Proxy:
    """A proxy that is running: where it is, and what it was asked for."""

    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxying(servers: StandIns, *, refusing: bool = False) -> Iterator[Proxy]:
    """Run a proxy on loopback that leads the vendors' names to pretend vendors.

    One that is `refusing` answers 403 to all.
    """
    hosts = {name: urlsplit(each.origin).hostname for name, each in UPSTREAMS.items()}
    ports = {f"{hosts[name]}:443": urlsplit(url).port for name, url in servers.base.items()}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _method, target, _version = self.rfile.readline().decode().split()
            while self.rfile.readline().strip():
                pass
            proxy.asked.append(target)
            if refusing or ports.get(target) is None:
                self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.socket() as vendor:
                vendor.connect(("127.0.0.1", ports[target]))
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(vendor, self.connection))
                back.start()
                _pump(self.connection, vendor)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy = Proxy(server.server_address[1])
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield proxy
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

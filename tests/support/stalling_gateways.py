"""Gateways that answer a few requests, and then in a way that a client may wait for without end."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

from tests.support.running_gateways import Noted, Running

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = "silent", "dribbling", "headless", "resetting", "slow"
A_WHILE_S = 30.0
RESET = struct.pack("ii", 1, 0)  # linger for no time: what is unsent is lost, and the peer told so


@dataclass(slots=True)
class Stalling:
    """A gateway whose answers stall in a way of its `kind` once it has `served` some requests.

    `stalled` is set when the first such request has arrived, `over` when the test has ended.
    """

    kind: str
    served: int
    url: str = ""
    asked: int = 0
    like: Running = field(default_factory=Running)
    stalled: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, connection: socket.socket, method: str, path: str) -> None:
        """Answer a request, or begin to."""
        self.asked += 1
        whole = self._whole(method, path)
        if self.asked <= self.served:
            connection.sendall(whole)
            return
        self.stalled.set()
        if self.kind == "resetting":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            os.close(connection.detach())
        elif self.kind == "slow":
            self.over.wait(A_WHILE_S)
            connection.sendall(whole)
        else:
            body = whole.index(b"\r\n\r\n") + 4
            dribbled = {"silent": b"", "headless": whole, "dribbling": whole[body:]}[self.kind]
            connection.sendall(whole[:body] if self.kind == "dribbling" else b"")
            self._dribble(connection, dribbled)

    def _dribble(self, connection: socket.socket, rest: bytes) -> None:
        """Send a byte a second, and then nothing; keep the connection open."""
        until = time.monotonic() + A_WHILE_S
        while time.monotonic() < until and not self.over.wait(1):
            connection.sendall(rest[:1])
            rest = rest[1:]

    def _whole(self, method: str, path: str) -> bytes:
        status, body = self.like.answer(Noted(method, path, {}, ""))
        text = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} ?\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


@contextmanager
def stalling(kind: str, served: int) -> Iterator[Stalling]:
    """Run such a gateway on loopback, in threads."""
    gateway = Stalling(kind, served)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            lines = iter(self.rfile.readline, b"\r\n")
            method, path, _version = next(lines).decode().split()
            for _header in lines:  # no request that is sent here has a body
                pass
            with suppress(OSError):  # the client has left
                gateway.answer(self.connection, method, path)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield gateway
        finally:
            gateway.over.set()
            server.shutdown()
            thread.join()

"""Runs a server on 127.0.0.1 that answers with exact bytes, and records what it received.

For what no vendor's dialect has: redirects, lies about length or encoding, connections that are
reset in mid-answer, services that are no vendor at all.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any, Final, cast

from conformance.vendors.saying import Saying

RESET: Final = "reset"
"""The step that resets the connection instead of closing it."""

type Step = bytes | float | str
type Answering = Callable[["RawRequest"], Iterable[Step]]

LIMIT_S = 20.0
LAST_CHUNK = b"0\r\n\r\n"
TLS_HANDSHAKE = b"\x16"  # RFC 8446, 5.1


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it arrived. `target` is path and query, header names are lower-case.

    A client that wants to speak TLS has sent `content` alone.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """All of the request in one text, to search it for what must not be there."""
        fields = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        body = self.content.decode("utf-8", "replace")
        return f"{self.method} {self.target}\n{fields}\n\n{body}"

    @property
    def json(self) -> Any:
        """The body, parsed. Raises `ValueError` if it is not JSON."""
        return json.loads(self.content)


def response(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole answer, after which the connection is closed. `headers` replace the usual."""
    usual = {"content-type": "application/json", "content-length": str(len(body))}
    fields = usual | {"connection": "close"} | dict(headers or {})
    reason = next((known.phrase for known in HTTPStatus if known == status), "")
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class RawServer:
    """The running server: where it is, what it was sent, what it does with each request.

    An answer is made of steps: bytes are sent, a number is a pause in seconds, RESET resets the
    connection. After the last step the connection is closed.
    """

    url: str
    answering: Answering
    requests: list[RawRequest] = field(default_factory=list)
    said: list[Saying] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    troubles: list[BaseException] = field(default_factory=list)

    def says(self, *steps: Step) -> None:
        """Answer every request with these steps, from now on."""
        self.answering = lambda _request: steps

    def answers(
        self, status: int = 200, body: object = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer every request with a whole response, from now on; a body of no bytes is JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.says(response(status, content, headers))

    def answers_chats(self, answering: Answering) -> None:
        """Answer every chat as `answering` says, and anything else with a 404, from now on."""
        absent = response(404)
        self.answering = lambda request: (
            answering(request) if request.method == "POST" else [absent]
        )

    def echoes(self) -> None:
        """Answer every chat with its own prompt, in two pieces if it is streamed, from now on."""
        self.answering = _echo

    def clear(self) -> None:
        """Forget what was sent, and answer every request with a 404."""
        self.requests.clear()
        self.said.clear()
        self.answers(404)


def _echo(request: RawRequest) -> Iterator[Step]:
    if request.method != "POST":
        yield response(404)
        return
    prompt = request.json["messages"][-1]["content"]
    about = {"id": f"chatcmpl-{prompt}", "created": 1, "model": request.json["model"]}
    message = {"role": "assistant", "content": prompt}
    if not request.json.get("stream"):
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        body = about | {"object": "chat.completion", "choices": [choice]}
        yield response(200, json.dumps(body).encode())
        return
    half = len(prompt) // 2
    parts = [(prompt[:half], None), (prompt[half:], "stop")]
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    for words, reason in parts:
        choice = {"index": 0, "finish_reason": reason, "delta": message | {"content": words}}
        event = about | {"object": "chat.completion.chunk", "choices": [choice]}
        yield f"data: {json.dumps(event)}\n\n".encode()
    yield b"data: [DONE]\n\n"


class _Server(ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 128
    raw: RawServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong: it is trouble of this suite, never of what is being checked."""
        del request, client_address
        self.raw.troubles.append(sys.exception() or RuntimeError("unknown"))


class _Conversation(BaseRequestHandler):
    def handle(self) -> None:
        """Answer one request."""
        raw = cast("_Server", self.server).raw
        self.request.settimeout(LIMIT_S)
        try:
            request = _received(self.request)
            if request is not None:
                raw.requests.append(request)
                self._answer(raw, request)
        except OSError:
            return  # the client is gone

    def _answer(self, raw: RawServer, request: RawRequest) -> None:
        saying = Saying()
        for step in raw.answering(request):
            if step == RESET:
                linger = struct.pack("ii", 1, 0)
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.request.close()
                return
            if isinstance(step, bytes):
                if saying.goes_on(step) and request.method == "POST":
                    raw.said.append(saying)
                self.request.sendall(step)
            elif raw.stop.wait(float(step)):
                return


def _received(connection: socket.socket) -> RawRequest | None:
    first = connection.recv(65536)
    if not first:
        return None
    if first.startswith(TLS_HANDSHAKE):  # answered at once, as servers without TLS do
        return RawRequest("", "", {}, first)
    data = _until(connection, first, lambda head: b"\r\n\r\n" in head)
    head, _, content = data.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "chunked" in headers.get("transfer-encoding", ""):
        content = _unchunked(_until(connection, content, lambda body: body.endswith(LAST_CHUNK)))
    else:
        length = int(headers.get("content-length", 0))
        content = _until(connection, content, lambda body: len(body) >= length)
    return RawRequest(method, target, headers, content)


def _until(connection: socket.socket, data: bytes, done: Callable[[bytes], bool]) -> bytes:
    while not done(data):
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the client has hung up in mid-request")
        data += more
    return data


def _unchunked(data: bytes) -> bytes:
    content = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        content, data = content + rest[:length], rest[length + 2 :] if length else b""
    return content


@contextmanager
def serve_raw() -> Iterator[RawServer]:
    """Run the server on a free port while the context is open; it answers everything with a 404."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        raw = RawServer(f"http://127.0.0.1:{server.server_address[1]}", lambda _: ())
        raw.clear()
        server.raw = raw
        thread = Thread(target=server.serve_forever, args=(0.02,), name="raw server")
        thread.start()
        try:
            yield raw
        finally:
            raw.stop.set()
            server.shutdown()
            thread.join()
    if raw.troubles:
        raise raw.troubles[0]

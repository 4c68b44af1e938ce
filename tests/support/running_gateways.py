"""Gateways that are already running, and note every request: http.server on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

MODELS = ("openai/gpt-4o", "gemini/gemini-2.5-flash", "mine/granite-8b")
URLS = {
    "openai": "https://api.openai.com",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "mine": "http://gpu.test:8000",
}
UNAUTHORIZED, NOT_FOUND, OK = 401, 404, 200
CHAT_STATUS = OK
LIKE_OPENAI = {"error": {"message": "none", "type": "invalid_request_error", "code": None}}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello."},
            "finish_reason": "stop",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Noted:
    """One request as it arrived; names of header fields are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(slots=True)
class Running:
    """A gateway: where it is, what it was asked, and how it is set up.

    `version` is what it tells, None for one that is no Llama Stack. With a `token` it answers
    nobody else, but tells its version. `prefix` is a proxy's path, `missing` what is said of
    what does not exist.
    """

    version: str | None = "0.5.1"
    token: str = ""
    prefix: str = ""
    missing: Any = None
    url: str = ""
    noted: list[Noted] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return method and path of every request, in order."""
        return [f"{each.method} {each.path}" for each in self.noted]

    def methods(self) -> list[str]:
        """Return the method of every request, in order."""
        return [each.method for each in self.noted]

    def answer(self, request: Noted) -> tuple[int, Any]:
        """Return status and body for a request."""
        path = request.path.removeprefix(self.prefix).partition("?")[0]
        if path == "/v1/version" and self.version:
            return OK, {"version": self.version}
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return UNAUTHORIZED, {
                "error": {"message": f"no {request.headers.get('authorization')}"}
            }
        if request.method == "POST" and path == "/v1/chat/completions":
            return CHAT_STATUS, CHAT if CHAT_STATUS == OK else LIKE_OPENAI
        if request.method == "POST":
            return OK, {"id": "conv_1", "prompt_id": "pmpt_1", "identifier": "openai/stranger"}
        found = self.lists().get(path) if request.method == "GET" else None
        missing = self.missing or {"detail": "Not Found"}
        return (OK, found) if found is not None else (NOT_FOUND, missing)

    def lists(self) -> dict[str, Any]:
        """Return what each path answers."""
        models = [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in MODELS]
        providers = [
            {
                "api": "inference",
                "provider_id": name,
                "provider_type": "remote::passthrough",
                "config": {"base_url": url},
            }
            for name, url in URLS.items()
        ]
        own = {"/v1/providers": {"data": providers}, "/v1/chat/completions": {"data": []}}
        return {"/v1/models": {"object": "list", "data": models}} | (own if self.version else {})


@contextmanager
def running(tls: ssl.SSLContext | None = None, **setup: Any) -> Iterator[Running]:
    """Run a gateway on loopback, in a thread; `tls` holds its certificate."""
    gateway = Running(**setup)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gateway))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    gateway.url = f"{scheme}://127.0.0.1:{server.server_port}{gateway.prefix}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(gateway: Running) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            noted = Noted(self.command, self.path, headers, self.rfile.read(length).decode())
            gateway.noted.append(noted)
            status, body = gateway.answer(noted)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler

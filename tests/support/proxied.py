"""A reverse proxy as operators put one before a gateway: TLS, a path prefix, and a bearer token."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

LIMIT_S = 60.0
OF_A_CONNECTION = {"connection", "content-length", "transfer-encoding", "host"}


@contextmanager
def proxied(url: str, tls: ssl.SSLContext, prefix: str, token: str) -> Iterator[str]:
    """Run a proxy on loopback before a gateway; yield its URL.

    Without the token it answers 401, beside its prefix 404.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(HTTPStatus.NOT_FOUND)
            elif self.headers.get("authorization") != f"Bearer {token}":
                self.send_error(HTTPStatus.UNAUTHORIZED)
            else:
                self.pass_on(body)

        def pass_on(self, body: bytes) -> None:
            fields = [
                (name, value)
                for name, value in self.headers.items()
                if name.lower() not in {"authorization", *OF_A_CONNECTION}
            ]
            path = self.path.removeprefix(prefix)
            got = httpx.request(
                self.command,
                url + path,
                headers=fields,
                content=body,
                timeout=LIMIT_S,
                trust_env=False,
            )
            self.send_response(got.status_code)
            for name, value in got.headers.items():
                if name not in OF_A_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(got.content)))
            with suppress(OSError):  # a client that waits no longer
                self.end_headers()
                self.wfile.write(got.content)

        do_GET = do_POST = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

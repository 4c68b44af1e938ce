"""Drives an ASGI app and gives its answer piece by piece, as the app sends it.

`httpx.ASGITransport` joins the pieces, and vcrpy those of the vendors; so what is to be seen of a
stream while it runs is seen through this and a loopback stand-in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from conformance.contract.asked import Asked
from conformance.stack.client import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping

    import httpx


LIMIT_S = 10.0  # for an app to notice that its caller has left


async def pieces(
    app: Any, request: httpx.Request, heard: Callable[[Asked, Answer], None]
) -> AsyncGenerator[str]:
    """Send a request to an app and yield the pieces of the answer's body; ends with the answer.

    An answer that was read to its end is `heard` as a whole.
    """
    began: dict[str, Any] = {}
    read: list[str] = []
    sent: asyncio.Queue[bytes | None] = asyncio.Queue()
    left = asyncio.Event()
    content = [request.content]

    async def receive() -> dict[str, Any]:
        if content:
            return {"type": "http.request", "body": content.pop(), "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            began.update(message)
        if message["type"] == "http.response.body" and message.get("body"):
            await sent.put(message["body"])

    answering = asyncio.create_task(app(_scope(request), receive, send))
    answering.add_done_callback(lambda _task: sent.put_nowait(None))
    try:
        while (piece := await sent.get()) is not None:
            read.append(piece.decode())
            yield read[-1]
        if began:  # an app that fails answers nothing
            body = json.loads(request.content)
            heard(Asked(request.method, request.url.path, body), _answer(began, read))
    finally:
        left.set()
        with contextlib.suppress(Exception):  # the caller of a server does not see its exceptions
            await asyncio.wait_for(answering, LIMIT_S)


def _answer(began: Mapping[str, Any], read: list[str]) -> Answer:
    fields = {name.decode().lower(): value.decode() for name, value in began["headers"]}
    return Answer(began["status"], fields, "".join(read))


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port or 80),
        "client": ("127.0.0.1", 123),
    }

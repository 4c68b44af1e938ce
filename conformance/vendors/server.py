"""Runs the stand-ins as real HTTP/1.1 servers on 127.0.0.1: one port for each vendor, one thread.

asyncio and h11 (which httpx and uvicorn need anyway) instead of an ASGI server: no header is added,
every frame is a write of its own, and a connection can be dropped at any byte.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11

from conformance.vendors import UPSTREAMS, faults
from conformance.vendors.dialect import Request
from conformance.vendors.stand_ins import StandIns

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from conformance.vendors.dialect import Answer
    from conformance.vendors.faults import Fault

    type Answering = Callable[[Request, Fault], Answer]

_POLL_SECONDS = 0.002
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@contextmanager
def serve(
    upstreams: Iterable[str] = tuple(UPSTREAMS),
    answer: Answering = faults.answer,
    tls: Mapping[str, ssl.SSLContext] | None = None,
) -> Iterator[StandIns]:
    """Run stand-ins on free ports of 127.0.0.1 while the context is open.

    `answer` decides what they say; with `tls`, which has a context for each, they speak HTTPS.

    They run in a thread with a loop of its own, whatever the caller runs, and are gone afterwards:
    open connections are cut. StandInError at the end if one of them was unable to answer.
    """
    sockets = {name: socket.create_server(("127.0.0.1", 0)) for name in upstreams}
    scheme = "https" if tls else "http"
    base = {n: f"{scheme}://127.0.0.1:{sock.getsockname()[1]}" for n, sock in sockets.items()}
    stand_ins = StandIns(base)
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    started = {
        name: partial(
            asyncio.start_server,
            partial(_converse, stand_ins, answer, name),
            sock=sock,
            ssl=tls and tls[name],
        )
        for name, sock in sockets.items()
    }
    thread = Thread(target=_run, args=(started.values(), loop, stop), name="stand-ins")
    thread.start()
    try:
        yield stand_ins
    except BaseException as failure:
        for trouble in stand_ins.troubles:
            failure.add_note(f"a stand-in could not answer: {trouble!r}")
        raise
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
    stand_ins.check()


def _run(
    starting: Iterable[Callable[[], Awaitable[asyncio.Server]]],
    loop: asyncio.AbstractEventLoop,
    stop: asyncio.Event,
) -> None:
    async def listen() -> None:
        servers = [await start() for start in starting]
        await stop.wait()
        for server in servers:
            server.close()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:  # cancels what is still open
        runner.run(listen())


async def _converse(
    stand_ins: StandIns,
    answer: Answering,
    upstream: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer one connection until either side closes it."""
    stand_ins.connections += 1
    stand_ins.open += 1
    wire = h11.Connection(h11.SERVER)
    # asyncio does this for sockets it made itself; without it a chunk waits for an ACK, 40 ms.
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while request := await _receive(upstream, wire, reader):
            stand_ins.requests.append(request)
            fault = stand_ins.take_fault(request)
            stayed = False
            try:
                whole = answer(request, fault)
                stand_ins.note(request, whole, fault)
                again = await _send(wire, writer, whole, fault)
                stayed = not reader.at_eof()
            finally:
                stand_ins.ended.append(stayed)
            if not again:
                break
            wire.start_next_cycle()
    except (ConnectionError, asyncio.CancelledError):
        pass  # the client is gone, or the servers are to stop
    except Exception as trouble:  # noqa: BLE001 - told by `serve` when the servers stop
        stand_ins.troubles.append(trouble)
    finally:
        stand_ins.open -= 1
        writer.close()


async def _receive(
    upstream: str, wire: h11.Connection, reader: asyncio.StreamReader
) -> Request | None:
    """Return the next request of a connection, None if there is no more."""
    head, content = None, b""
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65536)
            if head and not data:
                raise ConnectionError("the client has hung up in mid-request")
            wire.receive_data(data)
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            content += event.data
        elif isinstance(event, h11.EndOfMessage) and head:
            path = urlsplit(head.target.decode()).path
            return Request(upstream, head.method.decode(), path, _fields(head), content)
        else:
            return None


def _fields(head: h11.Request) -> dict[str, str]:
    """Return the header fields of a request; the values of one that is repeated are joined."""
    fields: dict[str, list[str]] = {}
    for name, value in head.headers:
        fields.setdefault(name.decode(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in fields.items()}


async def _send(
    wire: h11.Connection, writer: asyncio.StreamWriter, answer: Answer, fault: Fault
) -> bool:
    """Write an answer piece by piece; return whether the connection can be used again."""
    pieces = list(answer.pieces())
    if fault.drop_after == 0:
        return False
    writer.write(_head(wire, answer, pieces, fault))
    for place, piece in enumerate(pieces[: fault.drop_after]):
        await asyncio.sleep(fault.delay)
        while place and fault.hold and not fault.hold.is_set():  # noqa: ASYNC110 - a thread's event
            await asyncio.sleep(_POLL_SECONDS)
        writer.write(wire.send(h11.Data(piece)) or b"")
        if not place and fault.insert:
            writer.write(wire.send(h11.Data(fault.insert)) or b"")
        await writer.drain()
    if fault.drop_after is not None:
        return False
    writer.write(wire.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    return wire.our_state is h11.DONE and wire.their_state is h11.DONE


def _head(wire: h11.Connection, answer: Answer, pieces: list[bytes], fault: Fault) -> bytes:
    """Write status and headers. Only errors were recorded with their length announced."""
    exact = fault.drop_after is None and not fault.insert
    length = ("Content-Length", str(sum(map(len, pieces))))
    framing = (
        length if answer.status != HTTPStatus.OK and exact else ("Transfer-Encoding", "chunked")
    )
    reason = _REASONS.get(answer.status, "")
    headers = [*answer.headers, framing]
    return wire.send(h11.Response(status_code=answer.status, headers=headers, reason=reason)) or b""

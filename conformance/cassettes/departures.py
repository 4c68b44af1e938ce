"""Watches requests where they leave the process, below the SDK and vcrpy, while a run records.

A request that carries the key of one vendor to another host is refused here, whatever made it; so
is one to a vendor while no scenario is open. Wraps the transports of httpx and httpx2.
"""

from __future__ import annotations

import functools
import socket
import ssl
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from conformance.core.redaction import holds
from conformance.stack.sandbox import NetworkClosedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

_CLIENTS = {"httpx": "Httpx", "httpx2": "Httpx2"}
_TRANSPORTS = {
    ("HTTPTransport", "handle_request"): "HttpTransport_handle_request",
    ("AsyncHTTPTransport", "handle_async_request"): "AsyncHttpTransport_handle_async_request",
}
TRUST = "if your network has a CA of its own, name it in SSL_CERT_FILE"


class RefusedError(OSError):
    """A request was not let out; the message says why, without any key."""


@dataclass(slots=True)
class Departures:
    """What may leave, and how each request ended.

    `keys` are the real keys by vendor, `upstream` names the vendor of a URL (of another, its host).
    `failures` says why requests got no answer, by method and URL; `failed` is called with the
    vendor and the cause whenever one gets none. `open` allows requests to `vendors` outside of a
    scenario, as the first one to each of them is. `stand_ins` maps the origins of vendors to those
    of stand-ins that are asked in their place.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    upstream: Callable[[str], str] = str
    vendors: frozenset[str] = frozenset()
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    failed: Callable[[str, str], None] = lambda _upstream, _cause: None
    open: bool = False
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    def check(self, request: Any, *, in_a_scenario: bool) -> None:
        """Raise `RefusedError` if a request of httpx must not leave."""
        url = str(request.url)
        upstream = self.upstream(url)
        if upstream in self.vendors and not in_a_scenario and not self.open:
            raise RefusedError(f"{upstream} is asked while no scenario is open")
        owners = self.owners(f"{url}\n{_headers(request)}\n{_body(request)}")
        if owners and upstream not in owners:
            whose = " and ".join(sorted(owners))
            told = f"the key of {whose} was about to leave for {upstream}; it was not sent"
            self.failures[request.method, url] = told
            raise RefusedError(told)
        if "accept-encoding" in request.headers:  # vcrpy cannot read all that httpx can
            request.headers["accept-encoding"] = "gzip, deflate"
        for origin, here in self.stand_ins.items():
            if url.startswith(f"{origin}/"):
                request.url = type(request.url)(here + url.removeprefix(origin))

    def owners(self, text: str) -> set[str]:
        """Return the vendors whose key is in a text, in whatever disguise."""
        return {name for name, key in self.keys.items() if holds(text, key)}

    def note(self, request: Any, error: BaseException) -> None:
        """Remember why a request got no answer."""
        url = str(request.url)
        self.failures[request.method, url] = cause(error)
        self.failed(self.upstream(url), cause(error))


def _headers(request: Any) -> str:
    return "\n".join(f"{name}: {value}" for name, value in request.headers.items())


def _body(request: Any) -> str:
    try:
        return b"".join(request.stream).decode("utf-8", "replace")
    except TypeError:  # a stream that only a coroutine can read: vcrpy has none of these
        return ""


def cause(error: BaseException) -> str:
    """Return why a request got no answer, in a few words, from an exception and its causes."""
    chain = list(_chain(error))
    for kind, words in _CAUSES.items():
        if found := next((each for each in chain if isinstance(each, kind)), None):
            return words.format(getattr(found, "verify_message", "") or found)
    names = {type(each).__name__ for each in chain}
    return next((words for name, words in _NAMED.items() if name in names), min(names))


_CAUSES: dict[type[BaseException], str] = {
    RefusedError: "{}",
    NetworkClosedError: "{}",
    ssl.SSLCertVerificationError: f"its certificate is not trusted ({{}}); {TRUST}",
    ssl.SSLError: "the TLS handshake failed ({})",
    socket.gaierror: "its name cannot be resolved ({})",
    ConnectionRefusedError: "the connection was refused",
    ConnectionResetError: "the connection was reset",
}
_NAMED = {
    "ProxyError": "the proxy does not let it through",
    "ConnectTimeout": "no connection in time",
    "TimeoutException": "no answer in time",
    "ReadTimeout": "no answer in time",
    "CancelledError": "no answer in time",
    "RemoteProtocolError": "the answer broke off",
    "ReadError": "the answer broke off",
    "ConnectError": "no connection",
}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending = [error]
    while pending:
        each = pending.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        pending += [each.__cause__, each.__context__]
        pending += each.exceptions if isinstance(each, BaseExceptionGroup) else []


@contextmanager
def watched(departures: Departures) -> Iterator[None]:
    """Let nothing leave through httpx or httpx2, inside the block, without a look at it."""
    from vcr import patch as vcr_patch  # noqa: PLC0415 - imports every client that it knows of

    with ExitStack() as closing:
        for module in filter(find_spec, _CLIENTS):
            for (name, method), kept in _TRANSPORTS.items():
                transport, held = getattr(import_module(module), name), f"_{_CLIENTS[module]}{kept}"
                real = getattr(vcr_patch, held)
                wrap = _asynchronous if method.startswith("handle_async") else _synchronous
                # What vcrpy calls when a scenario has no answer, and what is there without it.
                recorded, plain = (wrap(departures, real, inside) for inside in (True, False))
                closing.enter_context(mock.patch.object(vcr_patch, held, recorded))
                closing.enter_context(mock.patch.object(transport, method, plain))
        yield


@dataclass(slots=True)
class _Noting:
    """The body of an answer, while vcrpy reads it; why it breaks off is noted."""

    stream: Any
    departures: Departures
    request: Any

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self.stream:
                yield piece
        except BaseException as error:
            self.departures.note(self.request, error)
            raise

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.stream
        except BaseException as error:
            self.departures.note(self.request, error)
            raise

    async def aclose(self) -> None:
        await self.stream.aclose()

    def close(self) -> None:
        self.stream.close()


def _asynchronous(departures: Departures, real: Any, inside: bool) -> Any:  # noqa: FBT001
    @functools.wraps(real)
    async def handle(self: Any, request: Any) -> Any:
        departures.check(request, in_a_scenario=inside)
        try:
            response = await real(self, request)
        except BaseException as error:
            departures.note(request, error)
            raise
        if inside:
            response.stream = _Noting(response.stream, departures, request)
        return response

    return handle


def _synchronous(departures: Departures, real: Any, inside: bool) -> Any:  # noqa: FBT001
    @functools.wraps(real)
    def handle(self: Any, request: Any) -> Any:
        departures.check(request, in_a_scenario=inside)
        try:
            response = real(self, request)
        except BaseException as error:
            departures.note(request, error)
            raise
        if inside:
            response.stream = _Noting(response.stream, departures, request)
        return response

    return handle


def upstream_at(upstream_of: Mapping[str, str], uri: str) -> str:
    """Return the name of the vendor that a URL belongs to, by origins; of another, its host."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]  # who asks is no part of an origin
    return upstream_of.get(f"{parts.scheme}://{host}", parts.hostname or "")

"""The HTTP client of a gateway that is already running: httpx, and a guard before its socket."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import certifi
import httpx

from conformance.stack.client import Gateway

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.stack.limits import Limits

AGENT = "llama-stack-conformance"  # what the operator finds in the server's log


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a gateway listens, and how it is spoken to.

    `url` has no path but a proxy's prefix. `token` is sent as a bearer token, but not by
    strangers. `tls` decides which certificates are trusted.
    """

    url: str
    token: str = field(default="", repr=False)
    tls: ssl.SSLContext


def trust(ca: Path | None = None, *, insecure: bool = False) -> ssl.SSLContext:
    """Return a TLS context: it trusts one authority's file, or the machine's, or everybody.

    Raises `OSError` (an `ssl.SSLError` too) if the file cannot be used.
    """
    context = ssl.create_default_context(cafile=ca)
    if ca is None:
        context.load_verify_locations(certifi.where())
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class LiveGateway(Gateway):
    """Sends what its limits let through, and nothing else: no redirect, no retry, no proxy."""

    def __init__(
        self, header: str, address: Address, limits: Limits, *, stranger: bool = False
    ) -> None:
        """Talk to an address; a `stranger` has no token."""
        token = "" if stranger else address.token
        # A server that has answered with a 500 may close the connection as the next request comes.
        alone = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=address.tls, limits=alone)
        client = httpx.AsyncClient(
            transport=Guarded(limits, transport),
            base_url=address.url,
            headers={"User-Agent": AGENT} | ({"Authorization": f"Bearer {token}"} if token else {}),
            trust_env=False,
        )
        super().__init__(header, client=client)
        self.limits = limits
        self.most_tokens = limits.tokens

    @property
    def limit_s(self) -> float:
        """How long the next answer may take; the run as a whole has an end, too."""
        return max(self.limits.seconds_left(), 0.1)


class Guarded(httpx.AsyncBaseTransport):
    """Lets a request through to another transport if the limits admit it."""

    def __init__(self, limits: Limits, inner: httpx.AsyncBaseTransport) -> None:
        """Guard a transport with limits."""
        self.limits = limits
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raise `NotAllowedError` if the limits do not admit it."""
        self.limits.admit(request.method, request.url.path, await request.aread())
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the other transport."""
        await self.inner.aclose()

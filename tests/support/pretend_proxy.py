"""A company's proxy as a recording would meet it: it tunnels to vendors, or refuses to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.vendors import UPSTREAMS
from conformance.vendors.tunnel import tunnelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.vendors.stand_ins import StandIns
    from conformance.vendors.tunnel import Tunnel


@contextmanager
def proxying(servers: StandIns, *, refusing: bool = False) -> Iterator[Tunnel]:
    """Run a proxy on loopback that leads the vendors' names to pretend vendors.

    One that is `refusing` answers 403 to all.
    """
    hosts = {name: urlsplit(each.origin).hostname for name, each in UPSTREAMS.items()}
    ports = {f"{hosts[name]}:443": urlsplit(url).port for name, url in servers.base.items()}
    with tunnelling(lambda target: None if refusing else ports.get(target)) as tunnel:
        yield tunnel

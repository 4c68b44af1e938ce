"""Repeats the checks of the releases' models on addresses: of servers, networks and databases."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import SplitResult

DATABASES = ("postgres://", "postgresql://")
SSL_OPTIONS = frozenset({
    "ssl", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcrl", "sslkey",
    "sslmode", "sslnegotiation", "sslpassword", "sslrootcert",
})  # fmt: skip


def of_server(value: Any) -> bool:
    """Return whether a text is the URL of a server, with its host."""
    parts = _parts(str(value))
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.netloc)


def of_networks(values: Iterable[Any] | None) -> bool:
    """Return whether there are texts, or none at all, and each of them is a network or may be."""
    return values is None or (bool(values) and all(map(_of_network, values)))


def _of_network(value: Any) -> bool:
    if isinstance(value, Unknown):
        return True
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def of_database(value: Any) -> bool:
    """Return whether a text is the URI of a PostgreSQL database, with its host and its name."""
    if value is None:
        return True
    parts = _parts(value) if str(value).startswith(DATABASES) else None
    return parts is not None and bool(parts.hostname) and bool(parts.path.strip("/"))


def ssl_options(uri: str) -> list[str]:
    """Return the options of TLS that the URI of a database names."""
    names = {name for name, _ in parse_qsl(urlsplit(uri).query, keep_blank_values=True)}
    return sorted(SSL_OPTIONS & names)


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None

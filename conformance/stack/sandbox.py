"""Keeps a run inside its temporary directories: environment, working directory and network."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import certifi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What a process needs to work at all. Everything else (keys, proxies, settings of the stack, of
# its SDKs and exporters) would make two runs differ, so an allow-list and not a list of suspects.
KEPT = ("PATH", "LANG", "LC_", "TZ", "TMPDIR", "PYTEST_", "PYTHON", "COV_", "COVERAGE_")

# How programs learn of a company's network: its CA and its proxy, in upper or lower case.
PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
NETWORK = PROXIES | {"NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}

LONGEST_LABEL = 63  # octets between the dots of a name


@cache
def process_home() -> Path:
    """Return an empty home directory that lasts as long as the process.

    The stack fixes its default directories when it is imported, so they must not depend on which
    check happens to import it.
    """
    home = Path(tempfile.mkdtemp(prefix="conformance-home-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@contextmanager
def one_certificate() -> Iterator[None]:
    """Name a file with one authority's certificate in the surroundings, while no host is open.

    The stack's SDK reads all authorities for every client it makes, and the stack makes one for
    every request: that alone was a tenth of a run.
    """
    global _shortened  # noqa: PLW0603 - as the network is, for the whole process
    before, _shortened = _shortened, True
    try:
        yield
    finally:
        _shortened = before


LONGEST_LABEL = 63  # octets between the dots of a name


@cache
def _certificate() -> Path:
    file = Path(tempfile.mkdtemp(prefix="conformance-ca-")) / "one.pem"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    end = "-----END CERTIFICATE-----\n"
    whole = Path(certifi.where()).read_text(encoding="utf-8")
    file.write_text(whole[whole.index("-----BEGIN") : whole.index(end) + len(end)])
    return file


@contextmanager
def surroundings(home: Path, cwd: Path, **variables: str) -> Iterator[None]:
    """Run the block with a clean environment, `HOME` and working directory; restore them after."""
    before, where = dict(os.environ), _cwd()
    clean = {name: value for name, value in before.items() if name.startswith(KEPT)}
    if _live:
        clean |= _network_variables(before)
    elif _shortened and _closed and not _open_hosts:
        clean["SSL_CERT_FILE"] = str(_certificate())
    _replace(clean | {"HOME": str(home)} | variables)
    os.chdir(cwd)
    try:
        yield
    finally:
        _replace(before)
        os.chdir(where)


def _network_variables(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables by which a network's own CA and proxy are named.

    httpx, and so the SDK inside the stack, does not know `REQUESTS_CA_BUNDLE`.
    """
    kept = {name: value for name, value in variables.items() if name.upper() in NETWORK}
    bundle = kept.get("REQUESTS_CA_BUNDLE", "")
    if bundle and not kept.keys() & {"SSL_CERT_FILE", "SSL_CERT_DIR"}:
        kept["SSL_CERT_DIR" if Path(bundle).is_dir() else "SSL_CERT_FILE"] = bundle
    return kept


def _proxies() -> frozenset[str]:
    """Return the hosts of the proxies that this process's environment names."""
    urls = (url for name, url in os.environ.items() if name.upper() in PROXIES)
    hosts = (urlsplit(url if "//" in url else f"//{url}").hostname for url in urls)
    return frozenset(filter(None, hosts))


def _cwd() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - what goes back into os.chdir
    except FileNotFoundError:
        return "/"


def _replace(variables: dict[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


class NetworkClosedError(OSError):
    """A connection beyond this machine was attempted while the network is closed."""


_closed = 0
_shortened = False
_live = False
_everything = False
_hooked = False
_open_hosts: frozenset[str] = frozenset()
_open_addresses: set[str] = set()


@contextmanager
def closed_network(
    open_to: frozenset[str] = frozenset(), *, live: bool = False, everything: bool = False
) -> Iterator[None]:
    """Refuse, inside the block, every connection and name look-up that is not loopback.

    With `everything`, connections to this machine and to Unix sockets are refused too.

    The refusal is a `NetworkClosedError` naming the host, raised where the attempt is made. Hosts
    in `open_to` may be looked up, and connected to at the addresses found. `live` says that real
    vendors are asked: then `surroundings` keeps the variables of the network, and the proxies
    that they name may be reached too.
    """
    # An audit hook cannot be removed, only switched off.
    global _closed, _everything, _hooked, _live, _open_hosts  # noqa: PLW0603
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    _closed += 1
    before = _open_hosts, _live, _everything
    _open_hosts = open_to | (_proxies() if live else frozenset())
    _live, _everything = live, everything
    resolve = socket.getaddrinfo
    socket.getaddrinfo = partial(_noting_addresses, resolve) if _open_hosts else resolve
    try:
        yield
    finally:
        socket.getaddrinfo = resolve
        _open_hosts, _live, _everything = before
        _closed -= 1


def _noting_addresses(resolve: Callable[..., Any], host: Any, *args: Any, **more: Any) -> Any:
    found = resolve(host, *args, **more)
    if _name(host) in _open_hosts:
        _open_addresses.update(str(entry[4][0]) for entry in found)
    return found


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _closed or not event.startswith("socket."):
        return
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a Unix socket
        if _everything:
            raise NetworkClosedError(f"connection to {_name(host or address)} refused: a trial")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if host is not None and not (_is_loopback(host) or _is_open(host) or _is_nowhere(host)):
        raise NetworkClosedError(
            f"connection to {_name(host)} refused: replay is offline; record with `make record`"
        )


def _name(host: Any) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _is_open(host: str | bytes) -> bool:
    return bool(_open_hosts) and (_name(host) in _open_hosts or _name(host) in _open_addresses)


def _is_loopback(host: str | bytes) -> bool:
    name = _name(host)
    if name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(_plain(name))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _is_nowhere(host: str | bytes) -> bool:
    """Return whether no query can hold a name, RFC 1035, section 2.3.4: no resolver sends it."""
    return any(len(label) > LONGEST_LABEL for label in _name(host).split("."))


def _plain(name: str) -> str:
    """Return an address as it is usually written: `127.1` and `2130706433` are 127.0.0.1."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return name

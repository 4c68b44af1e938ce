"""No key leaves for a vendor that it is not for, whatever asks and however it is disguised."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from conformance.cassettes.departures import (
    Departures,
    RefusedError,
    cause,
    upstream_at,
    watched,
)
from conformance.cassettes.replay import play
from conformance.stack import sandbox
from conformance.vendors import UPSTREAMS
from conformance.vendors.faults import Fault
from conformance.vendors.server import serve
from tests.support.pretend_vendors import KEYS
from tests.support.recorded import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.vendors.stand_ins import StandIns

KEY = KEYS["openai"]
PLACES: dict[str, Callable[[str], dict[str, object]]] = {
    "bearer": lambda key: {"headers": {"authorization": f"Bearer {key}"}},
    "x-api-key": lambda key: {"headers": {"x-api-key": key}},
    "basic": lambda key: {
        "headers": {"authorization": "Basic " + base64.b64encode(f"u:{key}".encode()).decode()}
    },
    "query": lambda key: {"params": {"key": key}},
    "percent": lambda key: {"params": {"q": quote(quote(f" {key}"))}},
    "body": lambda key: {"json": {"api_key": key}},
    "hexadecimal": lambda key: {"json": {"x": key.encode().hex()}},
}


@pytest.fixture
def servers() -> Iterator[StandIns]:
    """Three servers."""
    with serve() as stand_ins:
        yield stand_ins


def departures(servers: StandIns) -> Departures:
    """Return what a live run of OpenAI lets out."""
    origins = {url: name for name, url in servers.base.items()}
    return Departures(
        keys=KEYS, upstream=lambda url: upstream_at(origins, url), vendors=frozenset(UPSTREAMS)
    )


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("to", ["gemini", "anthropic"])
def test_a_key_for_another_vendor_is_refused(
    servers: StandIns, place: Callable[[str], dict[str, object]], to: str
) -> None:
    """Wherever the key stands in a request, it is not sent; nor is the key in the message."""
    letting = departures(servers)
    letting.open = True

    with watched(letting), httpx.Client(trust_env=False) as client:
        with pytest.raises(RefusedError, match=f"key of openai was about to leave for {to}") as got:
            client.post(f"{servers.base[to]}/v1/x", **place(KEY))  # type: ignore[arg-type]
        assert client.post(f"{servers.base['openai']}/v1/x", **place(KEY)).status_code >= 400  # type: ignore[arg-type]

    assert KEY[-8:] not in str(got.value)
    assert [request.upstream for request in servers.requests] == ["openai"]
    assert len(letting.failures) == 1


@pytest.mark.parametrize("waits", [False, True], ids=["plain", "asynchronous"])
def test_below_a_scenario_too(tmp_path: Path, servers: StandIns, *, waits: bool) -> None:
    """A request that vcrpy lets out to be recorded is looked at like any other."""
    letting = departures(servers)
    opened = library(tmp_path, "rewrite", servers, departures=letting)
    letting.upstream = lambda url: opened.upstream(opened.vendors_address(url))
    url, headers = f"{servers.url('anthropic')}/models", {"authorization": f"Bearer {KEY}"}

    async def waiting() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(url, headers=headers)

    def ask() -> None:
        asyncio.run(waiting()) if waits else httpx.get(url, headers=headers, trust_env=False)

    with watched(letting), play(opened, "chat") as tape, pytest.raises(RefusedError):
        ask()

    assert servers.requests == []
    assert "the key of openai was about to leave for anthropic" in tape.troubles()[0]
    assert "anthropic" in "".join(opened.troubles["chat", "anthropic"])


def test_a_vendor_that_stalls_is_told(tmp_path: Path, servers: StandIns) -> None:
    """A request on which nothing comes back is named with that cause."""
    letting = departures(servers)
    opened = library(tmp_path, "rewrite", servers, departures=letting)
    letting.upstream = lambda url: opened.upstream(opened.vendors_address(url))
    servers.inject("openai", Fault(delay=60))

    with watched(letting), play(opened, "chat") as tape, pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{servers.url('openai')}/chat/completions", timeout=0.3, trust_env=False)

    assert tape.troubles()[0].endswith("got no answer: no answer in time")


def test_nothing_leaves_for_a_vendor_outside_of_a_scenario(servers: StandIns) -> None:
    """What a stack asks while no check is running is not sent."""
    with watched(departures(servers)), pytest.raises(RefusedError, match="no scenario is open"):
        httpx.get(servers.url("openai"), trust_env=False)

    assert servers.requests == []


def test_afterwards_all_is_as_before() -> None:
    """The clients' own code is back once the block ends."""
    before = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    with watched(Departures()):
        pass

    now = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    assert before == now


def test_the_cause_is_found_in_a_group() -> None:
    """What a client hides in a group of exceptions is told."""
    error = httpx.ConnectError("no")
    error.__cause__ = ExceptionGroup("all failed", [ConnectionRefusedError(111, "refused")])

    assert cause(error) == "the connection was refused"


def test_the_proxy_may_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """While vendors are asked live, the proxy's host is open, and its variables are kept."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:word@proxy.acme.example:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    home = sandbox.process_home()

    with sandbox.closed_network(live=True):
        assert sandbox._is_open("proxy.acme.example")
        assert not sandbox._is_open("other.acme.example")
        with sandbox.surroundings(home, home):
            kept = os.environ["HTTPS_PROXY"], os.environ["no_proxy"]
    with sandbox.closed_network(), sandbox.surroundings(home, home):
        assert not sandbox._is_open("proxy.acme.example")
        assert "HTTPS_PROXY" not in os.environ

    assert kept == ("http://user:word@proxy.acme.example:3128", "localhost")


def test_user_info_is_no_part_of_a_vendors_origin() -> None:
    """A URL with a name and a password before the vendor's host is the vendor's."""
    origins = {"https://vendor.test": "openai"}

    assert upstream_at(origins, "https://user:word@vendor.test/v1/models") == "openai"
    assert upstream_at(origins, "https://vendor.test@other.test/v1/models") == "other.test"

"""After some errors the server closes the connection without announcing it."""

import asyncio
import http.client
import json

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="connection-lost",
    happens="after some errors the server closes the connection unannounced; the next request on "
    "it ends in a reset",
    why="behind a proxy or in a pool that next request is another caller's; a client cannot tell "
    "whether a chat that was reset has been paid for",
    example="http.client: HTTP 500, then RemoteDisconnected",
    instead="let the proxy in front open a connection for each request, or try once more on a new "
    "connection",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"reset"}),
    decided_by=("core.server.server:global_exception_handler",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough")

PATH = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Say hello."}]
LIMIT_S = 40
RESULTS = {
    "reset": "the next request on the connection has no answer",
    "announced": "the answer says `Connection: close`",
    "lives": "the next request on the connection is answered",
}


async def twice(server, data, body, path=PATH):
    """Send a request and, on the same connection, another one; return outcome and evidence."""
    headers = {"content-type": "application/json", server.header: json.dumps(data)}
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=LIMIT_S)

    def ask(*request):
        connection.request(*request)
        answer = connection.getresponse()
        answer.read()
        return answer

    try:
        first = await asyncio.to_thread(ask, "POST", path, json.dumps(body), headers)
        if first.getheader("connection", "").lower() == "close":
            return "announced", f"HTTP {first.status}"
        await server.process.settled()  # the connection is closed after the traceback
        second = await asyncio.to_thread(ask, "GET", "/v1/health")
    except (http.client.RemoteDisconnected, ConnectionError) as error:
        return "reset", f"HTTP {first.status}, then {type(error).__name__}"
    finally:
        connection.close()
    return "lives", f"HTTP {first.status}, then HTTP {second.status}"


@outcomes(**RESULTS)
async def test_server_error(serve, observed, stand_in_key):
    """A field that the SDK does not know; the answer is a 500."""
    server = await serve(LOG_FORMAT="json")
    body = {"model": "openai/gpt-4o", "messages": MESSAGES, "unheard_of": 1}
    observed(*await twice(server, server.data(stand_in_key), body))


@pytest.mark.needs("chat")
@outcomes(**RESULTS)
async def test_vendors_refusal(serve, observed):
    """A key that the vendor refuses; the answer is the vendor's status."""
    server = await serve(LOG_FORMAT="json")
    body = {"model": "openai/gpt-4o", "messages": MESSAGES}
    observed(*await twice(server, server.data("sk-proj-wrong"), body))


@outcomes(**RESULTS)
async def test_invalid_body(serve, observed, stand_in_key):
    """A chat without messages."""
    server = await serve(LOG_FORMAT="json")
    observed(*await twice(server, server.data(stand_in_key), {"model": "openai/gpt-4o"}))


@outcomes(**RESULTS)
async def test_unknown_path(serve, observed, stand_in_key):
    """A path that the server does not have."""
    server = await serve(LOG_FORMAT="json")
    observed(*await twice(server, server.data(stand_in_key), {}, "/v1/unheard-of"))


@outcomes(
    answered="the second request is answered",
    lost="the second request has no answer either",
)
async def test_new_connection(serve, observed, stand_in_key):
    """The workaround: the answer is a 500, and the next request has a connection of its own."""
    server = await serve(LOG_FORMAT="json")
    body = {"model": "openai/gpt-4o", "messages": MESSAGES, "unheard_of": 2}
    first = await twice(server, server.data(stand_in_key), body)
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=LIMIT_S)
    try:
        await asyncio.to_thread(connection.request, "GET", "/v1/health")
        answer = await asyncio.to_thread(connection.getresponse)
    except (http.client.RemoteDisconnected, ConnectionError) as error:
        observed("lost", f"{first}, then {type(error).__name__}")
        return
    finally:
        connection.close()
    observed("answered", f"{first}, then HTTP {answer.status}")


@pytest.mark.needs("chat")
@outcomes(**RESULTS)
async def test_success(serve, observed, stand_in_key):
    """A chat that succeeds."""
    server = await serve(LOG_FORMAT="json")
    body = {"model": "openai/gpt-4o", "messages": MESSAGES}
    observed(*await twice(server, server.data(stand_in_key), body))

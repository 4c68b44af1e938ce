"""Fields of a chat steer the gateway's request: its query, host, length and time limit."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="steered-requests",
    happens="`extra_query`, `extra_headers` and `timeout` in a chat set the query, the host, the "
    "length and the time limit of the vendor's request",
    why="a caller chooses which of the services behind a vendor's address is asked, holds a "
    "request for as long as the caller likes, and before openai 3 makes requests whose end two "
    "servers see in two places, so that the rest of one is taken for another caller's",
    example='{…, "extra_headers": {"transfer-encoding": "chunked"}}',
    instead="refuse `extra_headers`, `extra_query` and `timeout` in front of the gateway",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset(
        {"set-by-caller", "callers-host", "two-lengths", "server-error", "stream-as-text"}
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")


async def arrived(in_front, server, config, **fields):
    """Chat with more fields through a gateway whose vendor shows requests as they arrive.

    Returns the answer, and the first chat that arrived or None.
    """
    server.echoes()
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), **fields)
    return answer, next((request for request in server.requests if request.method == "POST"), None)


@outcomes(
    set_by_caller="the request to the vendor has the query that the caller named",
    not_set="the request to the vendor has no query",
    not_sent="nothing is sent",
)
async def test_extra_query(in_front, server, observed, config):
    """`extra_query: {api-version: 1}` in the body of a chat."""
    answer, request = await arrived(in_front, server, config, extra_query={"api-version": "1"})
    outcome = "set-by-caller" if request and "api-version=1" in request.target else "not-set"
    observed(outcome if request else "not-sent", answer)


@outcomes(
    set_by_caller="the SDK inside the stack waits as long as the caller says",
    not_set="the SDK waits as long as ever",
    not_sent="nothing is sent",
)
async def test_timeout(in_front, server, observed, config):
    """`timeout: 7` in the body of a chat; the SDK tells the vendor how long it waits."""
    answer, request = await arrived(in_front, server, config, timeout=7)
    told = request and request.headers.get("x-stainless-read-timeout")
    outcome = "set-by-caller" if told and float(told) == 7 else "not-set"
    observed(outcome if request else "not-sent", f"{told} {answer}")


@outcomes(
    callers_host="the request names the host that the caller named",
    own_host="the request names the host of the config",
    not_sent="nothing is sent",
)
async def test_extra_host(in_front, server, observed, config):
    """`extra_headers: {host: …}`: which of a vendor's services behind one address is asked."""
    named = {"host": "another-service.test"}
    answer, request = await arrived(in_front, server, config, extra_headers=named)
    outcome = (
        "callers-host" if request and request.headers["host"] in named.values() else "own-host"
    )
    observed(outcome if request else "not-sent", answer)


@pytest.mark.parametrize("name", ["content-length", "transfer-encoding"])
@outcomes(
    two_lengths="the request says two things of its length, so that its end can be disputed",
    one_length="the request says one thing of its length",
    server_error="the caller gets a 500 or above, and nothing is sent",
    rejected="the caller gets another error, and nothing is sent",
)
async def test_extra_length(in_front, server, observed, config, name):
    """`extra_headers: {content-length: "2"}`, or `{transfer-encoding: chunked}`."""
    named = {name: {"content-length": "2", "transfer-encoding": "chunked"}[name]}
    answer, request = await arrived(in_front, server, config, extra_headers=named)
    if request is None:
        observed("server-error" if answer.status >= 500 else "rejected", answer)
        return
    framing = {"content-length", "transfer-encoding"} & request.headers.keys()
    observed("two-lengths" if len(framing) > 1 else "one-length", f"{framing} {answer}")


@outcomes(
    stream_as_text="the caller of a plain chat gets a 200 without the vendor's words",
    answered="the caller of a plain chat gets the vendor's words",
    server_error="the caller gets a 500 or above",
    rejected="the caller gets another error",
)
async def test_extra_stream(in_front, server, observed, config):
    """`extra_body: {stream: true}` in a plain chat: what the vendor streams is no JSON."""
    answer, _ = await arrived(in_front, server, config, extra_body={"stream": True})
    told = "answered" if answer.content() else "stream-as-text"
    failed = "server-error" if answer.status >= 500 else "rejected"
    observed(told if answer.status == 200 else failed, answer)

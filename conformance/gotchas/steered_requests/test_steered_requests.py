"""Fields of a chat steer the gateway's request: its query, host, length and time limit."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="steered-requests",
    happens="`extra_query`, `extra_headers` and `timeout` set query, host, length and time limit "
    "of the vendor's request",
    why="a caller chooses which of the services behind a vendor's address is asked, holds a "
    "request for as long as the caller likes, and before 1.2.4 makes requests whose end two "
    "servers see in two places, so that the rest of one is taken for another caller's",
    example='{…, "extra_headers": {"transfer-encoding": "chunked"}}',
    instead="refuse `extra_headers`, `extra_query` and `timeout` in front of the gateway",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset(
        {
            "set-by-caller",
            "callers-host",
            "two-lengths",
            "server-error",
            "stream-as-text",
            "key-shown",
        }
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


OWN_KEY = "sk-proj-standin-of-the-config-4711"
RAW, CAST = "x-stainless-raw-response", "____stainless_override_cast_to"
HELLO = [{"role": "user", "content": "Say hello."}]
MESSAGE = {"role": "assistant", "content": "Hello."}
CHOICE = {"index": 0, "finish_reason": "stop", "text": "Hello.", "message": MESSAGE}
VENDORS = {
    "id": "x",
    "object": "list",
    "created": 1,
    "model": "m",
    "choices": [CHOICE],
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
INNER: dict[str, tuple[str, str, dict[str, object]]] = {
    "chat": (RAW, "/v1/chat/completions", {"messages": HELLO}),
    "chat-as-another-type": (CAST, "/v1/chat/completions", {"messages": HELLO}),
    "completion": (RAW, "/v1/completions", {"prompt": "Say hello."}),
    "embedding": (RAW, "/v1/embeddings", {"input": "Say hello."}),
}


def posted(server):
    """Return whether the vendor was asked; some releases ask for a list on booting."""
    return any(request.method == "POST" for request in server.requests)


@pytest.mark.parametrize(("name", "path", "fields"), INNER.values(), ids=INNER)
@outcomes(
    key_shown="the answer shows the key in the config",
    answered="the caller gets the vendor's answer",
    server_error="the vendor is asked, and the caller gets a 500 or above",
    refused="the vendor is asked, and the caller gets a 4xx",
    not_sent="nothing is sent",
)
async def test_inner_header(in_front, server, observed, config, name, path, fields):
    """`extra_headers` with a name by which the SDK tells itself to return an object of its own."""
    server.answers(200, VENDORS)
    entry = configs.provider("any", base_url=server.url, api_key=OWN_KEY)
    front = await in_front(configs.inference(config, [entry]))
    body: dict[str, object] = {"model": "any/gpt-4o"} | fields
    with front.gateway.around():  # an answer of no vendor's, which is not held to the contract
        plain = await front.gateway.client.post(path, json=body)
    if plain.status_code != 200 and posted(server):
        raise CouldNotObserveError(f"the vendor's answer is not passed on: {plain.text}")
    server.requests.clear()
    body["extra_headers"] = {name: "true"}
    answer = await front.gateway.request("POST", path, body=body)
    sent = (answer.trouble or "answered") if posted(server) else "not-sent"
    observed("key-shown" if OWN_KEY in answer.text else sent, answer)

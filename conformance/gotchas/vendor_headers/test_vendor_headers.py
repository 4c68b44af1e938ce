"""A vendor's headers do not reach the caller: request ids, rate limits, when to try again."""

import json

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="vendor-headers",
    happens="no header of a vendor's answer reaches the caller: no request id, no rate limit",
    why="a caller cannot slow down before the limit, and has no id that the vendor's support "
    "could look up",
    example="x-request-id: req_… in the vendor's answer; absent from the gateway's",
    instead="ask the vendor's usage API for limits; where ids matter, put a proxy between gateway "
    "and vendor that logs them",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"dropped", "replaced"}),
    decided_by=("core.server.server:create_dynamic_typed_route",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

HEADERS = {
    "x-request-id": "req_1",
    "request-id": "req_2",
    "openai-processing-ms": "420",
    "x-ratelimit-remaining-requests": "4999",
    "anthropic-ratelimit-tokens-remaining": "17",
    "set-cookie": "a=b",
}
MESSAGE = {"role": "assistant", "content": "Hello."}
ABOUT = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o"}
RESULTS = {
    "passed_on": "the caller gets the header as the vendor sent it",
    "replaced": "the caller gets a header of this name with another value",
    "dropped": "the caller gets no header of this name",
}


def answered(request):
    """Answer a chat, plain or streamed, with all of the headers."""
    stream = request.json.get("stream")
    part = "delta" if stream else "message"
    choice = {"index": 0, "finish_reason": "stop", part: MESSAGE}
    kind = "chat.completion.chunk" if stream else "chat.completion"
    body = json.dumps({**ABOUT, "object": kind, "choices": [choice]})
    media = "text/event-stream" if stream else "application/json"
    fields = {**HEADERS, "content-type": media, "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = f"data: {body}\n\ndata: [DONE]\n\n" if stream else body
    return [f"HTTP/1.1 200 OK\r\n{head}\r\n{body}".encode()]


@pytest.mark.parametrize("kind", ["plain", "streamed", "refused"])
@pytest.mark.parametrize("name", HEADERS)
@outcomes(**RESULTS)
async def test_header(in_front, server, observed, config, name, kind):
    """A chat that the vendor answers, or refuses with a 429; whether this header comes back."""
    server.answers_chats(answered)
    if kind == "refused":
        soon = {"retry-after-ms": "1"}  # for the SDK inside the stack, which tries again
        server.answers(429, {"error": {"message": "Too many."}}, HEADERS | soon)
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat(
        "any/gpt-4o", data=front.data("openai"), stream=kind == "streamed"
    )
    got = answer.headers.get(name)
    outcome = "passed-on" if got == HEADERS[name] else "replaced"
    observed("dropped" if got is None else outcome, answer.headers)

"""A vendor that cannot be reached, or falls silent, is reported as the gateway's own failure."""

import json

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, ports

GOTCHA = Gotcha(
    slug="unreached-vendors",
    happens="a vendor out of reach or untrusted gives a 500, one falling silent in a stream an "
    "error event",
    why="neither status says that another attempt may help; before 0.5.0 a stream that could not "
    "even begin has the status 200",
    example="base_url: https://vendor.example  # whose certificate has expired",
    instead="take both for a vendor's failure and try again: the next request is served",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset(
        {"blamed-on-the-gateway", "blamed-on-the-caller", "error-event", "taken-for-success"}
    ),
    decided_by=("core.server.server:translate_exception",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

DELTA = {"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": "Hi."}}
CHUNK = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
BEGUN = (
    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n"
    b"data: %s\n\n" % json.dumps(CHUNK | {"choices": [DELTA]}).encode()
)
RESULTS = {
    "gateway_status": "the caller gets 502, 503 or 504: the vendor failed, and may be asked again",
    "blamed_on_the_gateway": "the caller gets a 500, or another 5xx",
    "blamed_on_the_caller": "the caller gets a 4xx",
    "error_event": "the caller gets 200, and an error in the stream",
    "taken_for_success": "the caller gets 200, and no error",
    "broken_afterwards": "the next request, which another vendor answers, fails too",
}


def result(answer):
    """Return the outcome for what the caller gets."""
    if answer.status in (502, 503, 504):
        return "gateway-status"
    if answer.status >= 400:
        return "blamed-on-the-gateway" if answer.status >= 500 else "blamed-on-the-caller"
    failed = any(isinstance(event, dict) and event.get("error") for event in answer.events())
    return "error-event" if failed else "taken-for-success"


async def seen(in_front, server, config, url, **fields):
    """Chat with a vendor at a URL, and with one that answers; return outcome and evidence."""
    entries = [configs.provider("any", base_url=url), configs.provider("sane", base_url=server.url)]
    front = await in_front(configs.inference(config, entries))
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), **fields)
    server.echoes()
    later = await front.gateway.chat("sane/gpt-4o", data=front.data("openai"))
    outcome = result(answer) if later.status == 200 else "broken-afterwards"
    return outcome, f"{answer}; then {later.status}"


@outcomes(**RESULTS)
async def test_down_for_a_stream(in_front, server, observed, config):
    """A streamed chat, and nothing listens where the vendor is."""
    with ports.reserved() as port:
        url = f"http://127.0.0.1:{port}"
        observed(*await seen(in_front, server, config, url, stream=True))


@outcomes(**RESULTS)
async def test_silent_in_a_stream(in_front, server, observed, config):
    """The vendor sends a piece, and then nothing for longer than the caller's `timeout`, 0.2 s."""
    server.says(BEGUN, 0.6)
    observed(*await seen(in_front, server, config, server.url, timeout=0.2, stream=True))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_unknown_authority(in_front, secured, server, observed, config):
    """The vendor speaks TLS, with a certificate that an authority of nobody has signed."""
    url = secured.providers[0]["config"]["base_url"]
    observed(*await seen(in_front, server, config, url))

"""A vendor that breaks off, lies or answers nonsense is reported as the gateway's own failure."""

import gzip
import json

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, ports

GOTCHA = Gotcha(
    slug="vendor-faults",
    happens="a vendor that is down or answers nonsense gives a 500 or blames the caller; a stream "
    "without content succeeds",
    why="monitoring finds the fault in the gateway, callers are told to correct a request that "
    "was right, and a streamed request that nobody answered ends with 200 and no byte; no status "
    "says that another attempt may help; a silent vendor is waited for three times ten minutes",
    example="the vendor answers 200 with an empty body → the caller gets a 400, or 200 and nothing",
    instead="send `timeout` with each request; take a 500, a 400 that quotes no vendor and a "
    "stream without a finish reason for a vendor's failure, and try again",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {
            *("blamed-on-the-gateway", "blamed-on-the-caller", "taken-for-success"),
            *("empty-success", "broken-afterwards", "half-an-hour"),
        }
    ),
    decided_by=(
        "core.server.server:translate_exception",
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        "providers.utils.inference.stream_utils:wrap_async_stream",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

MODEL, PAUSE_S, LONGEST = "any/gpt-4o", 0.1, 500  # the last one: characters of an answer
NOBODY = "n" * 64 + ".test"  # longer than a name may be: no resolver asks another machine for it
OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
JSON = OK + b"content-type: application/json\r\n"
SSE = OK + b"content-type: text/event-stream\r\n"
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi."}}
CHAT = json.dumps(
    {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [CHOICE]}
).encode()
LONG = CHAT.replace(b"Hi.", b"Hi." * 1_000_000)
ERROR = b'{"error": {"message": "The vendor ran out of sand.", "type": "server_error"}}'
DELTA = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", "content": "Hi."}}
ABOUT = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
EVENT = b"data: %s\n\n" % json.dumps(ABOUT | {"choices": [DELTA]}).encode()


def sized(head, body):
    """Return a whole answer."""
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


# What the vendor does, in steps: bytes are sent, `reset` resets the connection.
ANSWERS = {
    "reset": ["reset"],
    "cut-off-chunk": [JSON + b"transfer-encoding: chunked\r\n\r\nff\r\n" + CHAT[:40]],
    "no-utf-8": [sized(JSON, CHAT.replace(b"Hi.", b"\xff\xfe"))],
    "no-json": [sized(JSON, b'{"id": "x", ')],
    "html": [sized(OK + b"content-type: text/html\r\n", b"<html>Bad gateway</html>")],
    "error-with-200": [sized(JSON, ERROR)],
    "empty": [sized(JSON, b"")],
    "empty-object": [sized(JSON, b"{}")],
    "no-choices": [sized(JSON, CHAT.replace(b'"choices"', b'"chosen"'))],
    "no-gzip": [sized(JSON + b"content-encoding: gzip\r\n", CHAT)],
    "short": [JSON + b"content-length: %d\r\n\r\n" % len(CHAT) + CHAT[:40]],
    "length-too-small": [JSON + b"content-length: 40\r\n\r\n" + CHAT],
    "slow": [sized(JSON, CHAT)[:-40], PAUSE_S, CHAT[-40:-20], PAUSE_S, CHAT[-20:]],
    "slow-to-close": [JSON + b"\r\n" + CHAT, PAUSE_S],
    "oversized": [sized(JSON, LONG)],
    "inflated": [sized(JSON + b"content-encoding: gzip\r\n", gzip.compress(LONG))],
    "slices": [sized(JSON, CHAT)[place : place + 1] for place in range(len(sized(JSON, CHAT)))],
}
STREAMS = {
    "cut-off": [SSE + b"transfer-encoding: chunked\r\n\r\nff\r\ndata: {"],
    "no-json": [sized(SSE, b"data: {\n\n")],
    "no-utf-8": [sized(SSE, b"data: \xff\xfe\n\n")],
    "html": [sized(OK + b"content-type: text/html\r\n", b"<html>Bad gateway</html>")],
    "json-error": [sized(JSON, ERROR)],
    "empty": [sized(SSE, b"")],
    "done-alone": [sized(SSE, b"data: [DONE]\n\n")],
    "reset": [SSE + b"\r\n" + EVENT, PAUSE_S, "reset"],
    "reset-at-once": ["reset"],
    "short": [sized(SSE, EVENT + b"data: [DONE]\n\n")[:-14]],
    "slow": [SSE + b"\r\n" + EVENT[:40], PAUSE_S, EVENT[40:], PAUSE_S, b"data: [DONE]\n\n"],
    "slow-to-close": [SSE + b"\r\n" + EVENT + b"data: [DONE]\n\n", PAUSE_S],
    "oversized": [SSE + b"\r\n" + EVENT.replace(b"Hi.", b"Hi." * 1_000_000)],
    "no-gzip": [sized(SSE + b"content-encoding: gzip\r\n", b"data: [DONE]\n\n")],
}
RESULTS = {
    "gateway_status": "the caller gets 502, 503 or 504: the vendor failed, and may be asked again",
    "blamed_on_the_gateway": "the caller gets a 500, or another 5xx",
    "blamed_on_the_caller": "the caller gets a 4xx",
    "error_event": "the caller gets 200, and an error in the stream",
    "answered": "the caller gets 200, and the vendor's words",
    "taken_for_success": "the caller gets 200, and something that is no answer",
    "empty_success": "the caller gets 200, and not one event or byte",
    "broken_afterwards": "the next request, which the vendor answers, fails too",
}


def result(answer):
    """Return the outcome for what the caller gets."""
    if answer.status in (502, 503, 504):
        return "gateway-status"
    if answer.status >= 400:
        return "blamed-on-the-gateway" if answer.status >= 500 else "blamed-on-the-caller"
    events = [event for event in answer.events() if event != "[DONE]"]
    if any(isinstance(event, dict) and event.get("error") for event in events):
        return "error-event"
    if answer.content():
        return "answered"
    return "taken-for-success" if events else "empty-success"


async def seen(in_front, server, config, url, **fields):
    """Chat with a vendor at a URL, and with one that answers after that.

    Returns the outcome and its evidence.
    """
    entries = [configs.provider("any", base_url=url), configs.provider("sane", base_url=server.url)]
    front = await in_front(configs.inference(config, entries))
    server.requests.clear()
    answer = await front.gateway.chat(MODEL, data=front.data("openai"), **fields)
    asked = len(server.requests)
    server.echoes()
    later = await front.gateway.chat("sane/gpt-4o", data=front.data("openai"))
    outcome = result(answer) if later.status == 200 else "broken-afterwards"
    return outcome, f"{asked} requests; {str(answer)[:LONGEST]}; then {later.status}"


@pytest.mark.parametrize("steps", ANSWERS.values(), ids=ANSWERS)
@outcomes(**RESULTS)
async def test_plain(in_front, server, observed, config, steps):
    """A plain chat, and a vendor that does this."""
    server.says(*steps)
    observed(*await seen(in_front, server, config, server.url))


@pytest.mark.parametrize("steps", STREAMS.values(), ids=STREAMS)
@outcomes(**RESULTS)
async def test_streamed(in_front, server, observed, config, steps):
    """A streamed chat, and a vendor that does this."""
    server.says(*steps)
    observed(*await seen(in_front, server, config, server.url, stream=True))


@outcomes(**RESULTS)
async def test_down(in_front, server, observed, config):
    """Nothing listens where the vendor is."""
    with ports.reserved() as port:
        observed(*await seen(in_front, server, config, f"http://127.0.0.1:{port}"))


@outcomes(**RESULTS)
async def test_no_such_host(in_front, server, observed, config):
    """The name of the vendor's host is not found."""
    observed(*await seen(in_front, server, config, f"http://{NOBODY}"))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_tls(in_front, server, observed, config):
    """The vendor's URL says `https`, and the vendor speaks no TLS."""
    server.says(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    observed(*await seen(in_front, server, config, server.url.replace("http:", "https:")))


@outcomes(**RESULTS)
async def test_silent(in_front, server, observed, config):
    """The vendor says nothing for longer than the SDK waits, which the caller sets to 0.2 s."""
    server.says(0.6)
    observed(*await seen(in_front, server, config, server.url, timeout=0.2))


@outcomes(
    half_an_hour="the stack waits ten minutes for the vendor, three times",
    ten_minutes="the stack waits ten minutes for the vendor, once",
    another_time="the stack waits for another time",
    not_told="the stack's requests do not tell how long it waits",
)
async def test_patience(in_front, server, observed, config):
    """How long the vendor may be silent, as the header fields of each attempt tell it."""
    server.says()  # and so it is tried again
    front = await in_front(
        configs.inference(config, [configs.provider("any", base_url=server.url)])
    )
    await front.gateway.chat(MODEL, data=front.data("openai"))
    chats = [request for request in server.requests if request.method == "POST"]
    told = [chat.headers.get("x-stainless-read-timeout") for chat in chats]
    known = {("600", "600", "600"): "half-an-hour", ("600",): "ten-minutes"}
    seconds = tuple(text.removesuffix(".0") for text in told if text)
    outcome = known.get(seconds, "another-time") if None not in told else "not-told"
    observed(outcome, f"{told} s")

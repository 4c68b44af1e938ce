"""A vendor's stream must be framed as OpenAI frames it, or words of it are lost."""

import json
from contextlib import aclosing
from threading import Event

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="stream-framing",
    happens="a vendor's pings arrive as chunks of nulls; an empty event ends the stream; a missing "
    "blank line loses words",
    why="a client fails at a chunk without choices, or takes an answer whose end or beginning "
    "is lost for a whole one: HTTP 200, and no error",
    example=r'event: ping\ndata: {"type": "ping"}\n\n',
    instead="let clients skip chunks without choices, and treat a stream without a finish reason as"
    " broken; put a proxy that repairs frames in front of a vendor that is known to break "
    "them",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {"words-missing", "strays", "error-event", "refused", "held-back", "again", "another-type"}
    ),
    decided_by=(
        "core.server.server:sse_generator",
        "providers.utils.inference.stream_utils:wrap_async_stream",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

ABOUT = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
WORDS = ["\u0416", "\U0001f600", "."]
DONE = b"data: [DONE]\n\n"
LIMIT_S = 1.5  # that the vendor waits for a piece to arrive, before it sends the next


def chunk(words, reason=None):
    """Return one chunk as JSON, its letters not escaped."""
    choice = {"index": 0, "finish_reason": reason, "delta": {"role": "assistant", "content": words}}
    return json.dumps({**ABOUT, "choices": [choice]}, ensure_ascii=False)


def frames(before="", colon=": ", indent=None):
    """Return the frames of a stream: what stands before each, and what follows `data`."""
    texts = [chunk(word, "stop" if word == WORDS[-1] else None) for word in WORDS]
    if indent is not None:
        texts = [json.dumps(json.loads(text), indent=indent, ensure_ascii=False) for text in texts]
    lines = ("\n".join(f"data{colon}{line}" for line in text.split("\n")) for text in texts)
    return [f"{before}{line}\n\n".encode() for line in lines]


PLAIN = b"".join(frames()) + DONE
BYTES = [PLAIN[place : place + 1] for place in range(len(PLAIN))]
PING = 'event: ping\ndata: {"type": "ping"}\n\n'
# The pieces in which the vendor writes its stream.
FRAMED = {
    "frames": [*frames(), DONE],
    "at-once": [PLAIN],
    "bytes": BYTES,
    "crlf": [PLAIN.replace(b"\n", b"\r\n")],
    "crlf-cut": [*(part + b"\r" for part in PLAIN.split(b"\n"))],
    "cr": [PLAIN.replace(b"\n", b"\r")],
    "comments": [*frames(": ping\n\n"), DONE],
    "comments-in-frames": [*frames(": ping\n"), DONE],
    "pings": [*frames(PING), DONE],
    "event-names": [*frames("event: chunk\n"), DONE],
    "ids-and-retry": [*frames("id: 1\nretry: 10\n"), DONE],
    "no-space": [*frames(colon=":"), b"data:[DONE]\n\n"],
    "byte-order-mark": [b"\xef\xbb\xbf" + PLAIN],
    "data-on-many-lines": [*frames(indent=1), DONE],
    "empty-data": [*frames("data: \n\n"), DONE],
    "no-json": [*frames("data: nonsense\n\n"), DONE],
    "blank-lines": [*frames("\n\n"), DONE],
    "no-done": frames(),
    "no-last-line-break": [PLAIN.rstrip()],
    "not-ended": [PLAIN.removesuffix(DONE).rstrip()],
    "after-done": [PLAIN, *frames()],
    "event-done": [*frames(), b"event: done\n" + DONE],
}
TYPES = {
    "charset": "text/event-stream; charset=utf-8",
    "json": "application/json",
    "text": "text/plain",
    "none": "",
}


def head(media="text/event-stream"):
    """Return the head of an answer."""
    field = f"content-type: {media}\r\n" if media else ""
    return f"HTTP/1.1 200 OK\r\n{field}connection: close\r\n\r\n".encode()


async def front_of(in_front, server, config):
    """Return a gateway in front of the server."""
    entry = configs.provider("any", base_url=server.url)
    return await in_front(configs.inference(config, [entry]))


def fate(answer):
    """Return the outcome for a streamed answer."""
    if answer.status != 200:
        return "refused"
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n")]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    if any("error" in event for event in events):
        return "error-event"
    strays = [event for event in events if not event.get("choices")]
    choices = [choice for event in events for choice in event.get("choices") or ()]
    found = [choice["delta"]["content"] for choice in choices]
    whole = "strays" if strays else "whole"
    return whole if found == WORDS else "words-missing"


RESULTS = {
    "whole": "the caller gets every word, and no error",
    "strays": "the caller gets every word, and events that are no chunks",
    "words_missing": "the caller gets some of the words or none, and no error",
    "error_event": "the caller gets an error in the stream",
    "refused": "the caller gets an error and no stream",
}


@pytest.mark.parametrize("pieces", FRAMED.values(), ids=FRAMED)
@outcomes(**RESULTS)
async def test_framed(in_front, server, observed, config, pieces):
    """A vendor that writes its stream so."""
    front = await front_of(in_front, server, config)
    server.says(head(), *pieces)
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), stream=True)
    observed(fate(answer), answer.text[-400:])


@pytest.mark.parametrize("media", TYPES.values(), ids=TYPES)
@outcomes(**RESULTS, another_type="the caller gets every word, under another `Content-Type`")
async def test_type(in_front, server, observed, config, media):
    """A vendor that calls its stream so; what the gateway's is called."""
    front = await front_of(in_front, server, config)
    server.says(head(media), PLAIN)
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), stream=True)
    found, got = fate(answer), answer.headers.get("content-type", "")
    named = got.partition(";")[0] == "text/event-stream"
    observed("another-type" if found == "whole" and not named else found, f"{got} {answer}")


@outcomes(
    each_at_once="each piece reaches the caller before the vendor sends the next",
    held_back="a piece reaches the caller after the vendor has sent the next, or never",
)
async def test_pieces(in_front, server, observed, config):
    """A vendor that sends its next piece when the caller has the one before."""
    arrived = [Event() for _ in WORDS]
    late: list[bool] = []

    def waiting(_request):
        yield head()
        for event, frame in zip(arrived, frames(), strict=True):
            yield frame
            late.append(any(late) or not event.wait(LIMIT_S))
        yield DONE

    front = await front_of(in_front, server, config)
    server.answers_chats(waiting)
    count = 0
    async with aclosing(front.stream("any/gpt-4o", front.data("openai"))) as stream:
        async for piece in stream:
            for event in arrived[count : count + piece.count("data: {")]:
                event.set()
            count += piece.count("data: {")
    kept = count == len(WORDS) and not any(late)
    observed("each-at-once" if kept else "held-back", f"{count} pieces, late: {late}")


BROKEN = {
    "reset-after-a-piece": [frames()[0], "reset"],
    "closed-after-a-piece": [frames()[0]],
    "closed-in-a-piece": [frames()[0], frames()[1][:20]],
    "error-after-a-piece": [frames()[0], b'data: {"error": {"message": "No."}}\n\n'],
}


@pytest.mark.parametrize("steps", BROKEN.values(), ids=BROKEN)
@outcomes(
    once="the vendor is asked once",
    again="the vendor is asked again, though a piece was passed on",
)
async def test_broken(in_front, server, observed, config, steps):
    """A vendor whose stream breaks so; how often it is asked."""
    front = await front_of(in_front, server, config)
    server.says(head(), *steps)
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), stream=True)
    posts = [request for request in server.requests if request.method == "POST"]
    observed("once" if len(posts) == 1 else "again", f"{len(posts)} requests; {answer}")

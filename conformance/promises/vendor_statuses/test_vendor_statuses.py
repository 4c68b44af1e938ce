"""A vendor's refusal reaches the caller with the vendor's status and words."""

import json

import pytest

from conformance.core.model import Promise, outcomes
from conformance.stack import configs

PROMISE = Promise(
    slug="vendor-statuses",
    requires="A vendor's refusal MUST reach the caller with the vendor's status and words, of a "
    "plain chat and of a stream that has not begun, whatever its envelope.",
    instead="before 0.5.0 let clients look for `error` in the first event of every stream",
    documented="found by this suite",
    bites=frozenset({"status-alone", "words-alone", "neither", "streams-differ"})
    | {"ok-with-error", "answered"},
    decided_by=("core.server.server:translate_exception", "core.server.server:sse_generator"),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

WORDS = "The vendor ran out of sand."


def openai(status):
    """Return OpenAI's envelope."""
    del status
    return {"error": {"message": WORDS, "type": "some_error", "param": None, "code": "some"}}


def gemini(status):
    """Return Google's: an array, the status as a number."""
    return [{"error": {"code": status, "message": WORDS, "status": "SOME"}}]


def anthropic(status):
    """Return Anthropic's own, which its other paths answer with."""
    del status
    return {"type": "error", "error": {"type": "some_error", "message": WORDS}}


def bare(status):
    """Return what frameworks answer with that are no vendor."""
    del status
    return {"detail": WORDS}


def page(status):
    """Return a proxy's page, which is no JSON."""
    return f"<html><h1>{status}</h1><p>{WORDS}</p></html>".encode()


STATUSES = 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529
ENVELOPES = {"openai": openai, "gemini": gemini, "anthropic": anthropic}
OTHERS = {"bare": bare, "page": page}
RESULTS = {
    "status_and_words": "the caller gets the vendor's status, and its words in the body",
    "status_alone": "the caller gets the vendor's status, and none of its words",
    "words_alone": "the caller gets the status of another error, and the vendor's words",
    "neither": "the caller gets the status of another error, and none of the vendor's words",
    "ok_with_error": "the caller gets HTTP 200, and an error in the body or the stream",
    "answered": "the caller gets HTTP 200, and no error",
    "streams_differ": "a streamed chat ends in another way than a plain one",
}


def outcome(answer, status):
    """Return the outcome for what the caller gets of a vendor's refusal."""
    words = WORDS in answer.text
    if answer.status == status:
        return "status-and-words" if words else "status-alone"
    if answer.status == 200:
        return "ok-with-error" if '"error"' in answer.text else "answered"
    return "words-alone" if words else "neither"


async def refused(in_front, server, config, status, body):
    """Chat with a vendor that refuses so, plain and streamed; return outcome and evidence."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    server.answers(status, content, {"content-type": kind, "retry-after-ms": "1"})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answers = [
        await front.gateway.chat("any/gpt-4o", data=front.data("openai"), stream=stream)
        for stream in (False, True)
    ]
    plain, streamed = (outcome(answer, status) for answer in answers)
    return plain if plain == streamed else "streams-differ", " | streamed: ".join(map(str, answers))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)
@outcomes(**RESULTS)
async def test_vendor(in_front, server, observed, config, envelope, status):
    """A chat that the vendor refuses with this status, in this vendor's envelope."""
    observed(*await refused(in_front, server, config, status, envelope(status)))


@pytest.mark.parametrize("status", [404, 502])
@pytest.mark.parametrize("envelope", OTHERS.values(), ids=OTHERS)
@outcomes(**RESULTS)
async def test_other_server(in_front, server, observed, config, envelope, status):
    """A chat that something on the way to the vendor refuses."""
    observed(*await refused(in_front, server, config, status, envelope(status)))

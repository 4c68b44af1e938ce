"""One request of a caller is up to three at the vendor, each of which counts there."""

import asyncio

import pytest

from conformance.core.model import Claim, CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="hidden-retries",
    happens="when the vendor answers 408, 409, 429 or 5xx, or hangs up, the stack's SDK asks "
    "twice more",
    why="a caller over the limit uses it up three times as fast, and nine times with a client "
    "that makes three attempts; answers are late for no visible reason, by as long as the "
    "vendor's `retry-after` says, twice",
    example="POST /v1/chat/completions → 429, after three requests to the vendor",
    instead="give callers a timeout longer than the vendor's wait, and turn their own retries off",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"twice", "three-times", "more-than-three", "waited"}),
    claims=(
        Claim(
            says="The `remote::passthrough` type means \"just forward the request, don't do "
            'anything clever".',
            section="How `run.yaml` is structured, 1",
            check="requests-for-rate-limit",
            confirmed=frozenset({"once"}),
            imprecise=frozenset({"three-times"}),
            really="a request that the vendor answers with 408, 409, 429 or 5xx is sent three "
            "times; other requests lose nulls and unused tools (see `rewritten`)",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

COUNTS = {
    "once": "the vendor is asked once",
    "three-times": "the vendor is asked three times",
    "twice": "the vendor is asked twice",
    "more-than-three": "the vendor is asked more than three times",
    "never": "the vendor is not asked",
}


def count(chats):
    """Return the outcome for the chats that the vendor received."""
    return ("never", "once", "twice", "three-times", "more-than-three")[min(len(chats), 4)]


# What a server answers that is no vendor, and steps that are no answer.
ANSWERS = {
    "bad-request": (400, {}),
    "timeout": (408, {}),
    "conflict": (409, {}),
    "bad-gateway": (502, {}),
    "rate-limit-not-to-be-retried": (429, {"x-should-retry": "false"}),
    "bad-request-to-be-retried": (400, {"x-should-retry": "true"}),
}


@pytest.mark.parametrize(("status", "headers"), ANSWERS.values(), ids=ANSWERS)
@outcomes(**COUNTS)
async def test_answered_with(in_front, server, observed, config, status, headers):
    """A plain chat, and a vendor that answers so, with `x-should-retry` where that is named."""
    server.answers(status, {"error": {"message": "No."}}, {"retry-after-ms": "1", **headers})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"))
    chats = [request for request in server.requests if request.method == "POST"]
    observed(count(chats), f"{len(chats)} requests; {answer}")


@outcomes(**COUNTS)
async def test_hung_up(in_front, server, observed, config):
    """A plain chat, and a vendor that closes the connection without an answer."""
    server.says()
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"))
    chats = [request for request in server.requests if request.method == "POST"]
    observed(count(chats), f"{len(chats)} requests; {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.parametrize("error", ["rate-limit", "server-error", "overloaded"])
@outcomes(**COUNTS)
async def test_requests_for(loopback, observed, error, route):
    """A plain chat, and a vendor that refuses, fails or is overloaded each time it is asked."""
    loopback.fail(route, error=error)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed(count(loopback.asked), f"{len(loopback.asked)} requests; {answer}")


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@outcomes(**COUNTS)
async def test_requests_for_wrong_key(loopback, observed, route):
    """A plain chat with a key that the vendor refuses."""
    data = loopback.data(route) | {"passthrough_api_key": "no-key-of-this-vendor"}
    answer = await loopback.gateway.chat(route.model, data=data)
    observed(count(loopback.asked), f"{len(loopback.asked)} requests; {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**COUNTS)
async def test_requests_when_streamed(loopback, observed, route):
    """A streamed chat, and a vendor that refuses with a 429."""
    loopback.fail(route, error="rate-limit")
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(count(loopback.asked), f"{len(loopback.asked)} requests; {answer}")


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    answered="the caller gets the answer to the second request",
    refused="the caller gets a 4xx",
    server_error="the caller gets a 500 or above",
    not_asked_again="the caller gets an answer without an error, which is not the vendor's second",
)
async def test_vendor_recovers(loopback, observed, route):
    """A plain chat, and a vendor that fails once."""
    loopback.fail(route, error="server-error", times=1)
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route))
    again = "answered" if len(loopback.asked) == 2 and answer.content() else "not-asked-again"
    observed(answer.trouble or again, f"{len(loopback.asked)} requests; {answer}")


@outcomes(
    waited="the vendor has not been asked again, and its caller waits",
    not_waited="the vendor has been asked again",
)
async def test_waits_as_told(in_front, server, other_server, observed, config):
    """Two vendors refuse, one with `retry-after: 30`; once the other was asked three times."""
    entries = [
        configs.provider(name, base_url=vendor.url)
        for name, vendor in (("slow", server), ("quick", other_server))
    ]
    front = await in_front(configs.inference(config, entries))  # some ask for lists as they boot
    no = {"error": {"message": "No."}}
    server.answers(429, no, {"retry-after": "30"})
    other_server.answers(429, no)
    slow, quick = [
        asyncio.create_task(front.gateway.chat(f"{name}/gpt-4o", data=front.data("openai")))
        for name in ("slow", "quick")
    ]
    try:
        answer = await quick
        chats = [
            [request for request in each.requests if request.method == "POST"]
            for each in (server, other_server)
        ]
        if not slow.done() and count(chats[0]) == "once" and count(chats[1]) == "three-times":
            observed("waited", f"{answer} meanwhile")
        elif count(chats[0]) != "never" and count(chats[1]) == "three-times":
            observed("not-waited", f"{len(chats[0])} requests")
        else:
            raise CouldNotObserveError(f"{[len(each) for each in chats]} requests: {answer}")
    finally:
        slow.cancel()
        await asyncio.wait([slow])

"""The fields of a chat become arguments of the OpenAI SDK: unknown ones break it, some steer it."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="sdk-arguments",
    happens="a field unknown to the SDK inside the stack gives a 500; the SDK obeys "
    "`extra_headers` and `extra_body`",
    why="a vendor's own or new parameters cannot be used, and the error blames the server; "
    "callers can set header fields of the gateway's requests, its key among them",
    example='{"model": "anthropic/claude-sonnet-4-5", "thinking": {…}, "messages": […]}',
    instead="wrap a vendor's own fields in `extra_body`; refuse `extra_headers` in front of a "
    "gateway that has keys of its own",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"server-error", "ok-with-error-event", "set-by-caller", "key-replaced"}),
    claims=(
        Claim(
            says="Each provider is a `remote::passthrough` instance, a pure proxy that forwards "
            "OpenAI-format requests to the target API.",
            section="The Architecture",
            check="unknown-field-plain",
            confirmed=frozenset({"forwarded"}),
            imprecise=frozenset({"server-error", "left-out"}),
            really="only fields that the SDK inside the stack knows are forwarded; any other ends "
            "in a 500",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")


async def chat(loopback, route, **fields):
    """Return the answer to a chat with more fields, and the first request at the vendor or None."""
    answer = await loopback.gateway.chat(route.model, data=loopback.data(route), **fields)
    return answer, next(iter(loopback.received), None)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(
    forwarded="the vendor receives the field",
    left_out="the vendor receives the chat without the field",
    rejected_400="the caller gets a 400, and nothing is sent",
    server_error="the caller gets a 500 or above, and nothing is sent",
    ok_with_error_event="the caller gets HTTP 200, the error is in the stream, and nothing is sent",
    refused="the caller gets another 4xx, and nothing is sent",
    answered="the caller gets an answer without an error, and nothing is sent",
)
async def test_unknown_field(loopback, observed, route, stream):
    """`top_k`, which Anthropic and others have and the SDK does not."""
    answer, request = await chat(loopback, route, top_k=5, **({"stream": True} if stream else {}))
    if request is not None:
        observed("forwarded" if request.json.get("top_k") == 5 else "left-out", request.content)
    else:
        unsent = "ok-with-error-event" if '"error"' in answer.text else "answered"
        observed("rejected-400" if answer.status == 400 else answer.trouble or unsent, answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    unpacked="the vendor receives what is inside the field",
    forwarded="the vendor receives the field itself",
    left_out="the vendor receives neither",
    not_sent="nothing is sent",
)
async def test_extra_body(loopback, observed, route):
    """`extra_body: {top_k: 5}`."""
    answer, request = await chat(loopback, route, extra_body={"top_k": 5})
    sent = request.json if request else {}
    outcome = "forwarded" if "extra_body" in sent else "left-out"
    outcome = "unpacked" if sent.get("top_k") == 5 else outcome
    observed(outcome if request else "not-sent", [sent, answer])


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    set_by_caller="the request to the vendor carries the header field the caller named",
    not_set="the request to the vendor does not carry it",
    not_sent="nothing is sent",
)
async def test_extra_headers(loopback, observed, route):
    """`extra_headers: {x-own: …}` in the body of a chat."""
    answer, request = await chat(loopback, route, extra_headers={"x-own": "1"})
    outcome = "set-by-caller" if request and "x-own" in request.headers else "not-set"
    observed(outcome if request else "not-sent", answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    key_replaced="the bearer token is the one in the body",
    key_kept="the bearer token is the one in the provider data",
    not_sent="nothing is sent",
)
async def test_extra_authorization(loopback, observed, route):
    """`extra_headers: {authorization: …}` in the body of a chat."""
    answer, request = await chat(
        loopback, route, extra_headers={"authorization": "Bearer of-the-body"}
    )
    outcome = "key-replaced" if request and request.key == "of-the-body" else "key-kept"
    observed(outcome if request else "not-sent", answer)

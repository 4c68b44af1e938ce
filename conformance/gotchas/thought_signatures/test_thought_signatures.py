"""A thought signature that came with a tool call is lost on its way back to the vendor."""

import json

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="thought-signatures",
    happens="Gemini's `thought_signature` reaches the caller with a tool call, and is removed from "
    "the next turn; the vendor refuses it",
    why="no conversation with Gemini 3 gets past its first tool call: the caller did all as "
    "documented, and is told by the vendor that a signature is missing",
    example='{"tool_calls": [{…, "extra_content": {"google": {"thought_signature": "…"}}}]}',
    instead='send the messages of that turn once more in `extra_body`: `{…, "extra_body": '
    '{"messages": […]}}`; a passthrough provider sends those as they are',
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset({"lost", "refused-by-vendor", "refused"}),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}
FUNCTION = {"name": "add", "arguments": "{}"}
CALL = {"id": "call_1", "type": "function", "function": FUNCTION, "extra_content": SIGNATURE}
ABOUT = {"id": "abc", "created": 1, "model": "gemini-3-pro-preview"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
MISSING = "Function call is missing a thought_signature in functionCall parts."
REFUSAL = [{"error": {"code": 400, "message": MISSING, "status": "INVALID_ARGUMENT"}}]
MODEL = "gemini/gemini-3-pro-preview"
QUESTION = {"role": "user", "content": "How much is 3 and 4?"}
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])


def answer(message, stream, reason):
    """Return what Gemini says, as the bytes of a whole HTTP answer in a list."""
    kind, name = ("text/event-stream", "delta") if stream else ("application/json", "message")
    choice = {"index": 0, "finish_reason": reason, name: {"role": "assistant", **message}}
    what = "chat.completion.chunk" if stream else "chat.completion"
    body = json.dumps({**ABOUT, "object": what, "choices": [choice], "usage": USAGE})
    body = f"data: {body}\n\ndata: [DONE]\n\n" if stream else body
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n"
    return [head.encode() + body.encode()]


def refusal():
    """Return Gemini's refusal of a call without a signature, as the bytes of an HTTP answer."""
    body = json.dumps(REFUSAL).encode()
    head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body]


def gemini(request):
    """Answer as Gemini 3 does: it calls a tool, and wants its own signature back with the call."""
    sent = request.json
    calls = [call for message in sent["messages"] for call in message.get("tool_calls") or ()]
    if not calls:
        return answer({"tool_calls": [CALL]}, sent.get("stream"), "tool_calls")
    if any("extra_content" not in call for call in calls):
        return refusal()
    return answer({"content": "7"}, sent.get("stream"), "stop")


def calls_of(got, stream):
    """Return the tool calls that the caller gets."""
    chunks = [event for event in got.events() if event != "[DONE]"] if stream else [got.json()]
    part = "delta" if stream else "message"
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return [call for choice in choices for call in choice[part].get("tool_calls") or ()]


async def front_of(in_front, server, config):
    """Return a gateway in front of this vendor."""
    server.answers_chats(gemini)
    entry = configs.provider("gemini", base_url=server.url)
    return await in_front(configs.inference(config, [entry]))


@STREAMED
@outcomes(
    passed_on="the caller gets the signature with the tool call",
    lost="the caller gets the tool call without the signature",
)
async def test_first_turn(in_front, server, observed, config, stream):
    """A chat that Gemini answers with a tool call and its signature."""
    front = await front_of(in_front, server, config)
    fields = {"stream": stream, "messages": [QUESTION], "tools": TOOLS}
    got = await front.gateway.chat(MODEL, data=front.data("gemini"), **fields)
    if got.status != 200:
        raise CouldNotObserveError(f"the first turn is not answered: {got}")
    calls = calls_of(got, stream)
    kept = bool(calls) and all(call.get("extra_content") == SIGNATURE for call in calls)
    observed("passed-on" if kept else "lost", calls)


OF_LOOP = {
    "answered": "the vendor receives its signature, and answers",
    "refused_by_vendor": "the vendor receives the call without its signature, and refuses",
    "refused": "the gateway refuses, and nothing is sent",
}
LOOP = [
    QUESTION,
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "7"},
]


async def loop(in_front, server, config, stream, **more):
    """Return outcome and evidence of the turn that brings the result of the call."""
    front = await front_of(in_front, server, config)
    fields = {"stream": stream, "messages": LOOP, "tools": TOOLS, **more}
    got = await front.gateway.chat(MODEL, data=front.data("gemini"), **fields)
    if not any(request.method == "POST" for request in server.requests):
        return "refused", got
    return ("answered" if got.content() == "7" else "refused-by-vendor"), got


@STREAMED
@outcomes(**OF_LOOP)
async def test_next_turn(in_front, server, observed, config, stream):
    """The result of the call, with the call as the caller got it from Gemini."""
    observed(*await loop(in_front, server, config, stream))


@STREAMED
@outcomes(**OF_LOOP)
async def test_with_extra_body(in_front, server, observed, config, stream):
    """The same, and the messages once more in `extra_body`: the workaround."""
    observed(*await loop(in_front, server, config, stream, extra_body={"messages": LOOP}))

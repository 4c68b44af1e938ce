"""Fields inside messages and tools are dropped, or refused, on their way to the vendor."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, forwarding

GOTCHA = Gotcha(
    slug="message-fields",
    happens="fields inside messages are dropped (`cache_control`, `extra_content`, a result's "
    "`name`), or refused (`input_audio`, `video_url`, custom tools)",
    why="the vendor answers, so nobody notices: a prompt that was to be cached is paid in full "
    "each time, reasoning is forgotten; and what the vendor would take is a 400 of the "
    "gateway's",
    example='{"type": "text", "text": "…", "cache_control": {"type": "ephemeral"}}',
    instead="send the true `messages` or `tools` in `extra_body`, beside ones that the gateway "
    "accepts: a passthrough provider sends those in their place",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=forwarding.HURTS | {"changed", "not-sent"},
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter.openai_chat_completion"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

HELLO = {"role": "user", "content": "Say hello."}
FUNCTION = {"name": "add", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": FUNCTION}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "7"}
SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}
CACHED = {"type": "ephemeral"}
PIXEL = {"url": "data:image/png;base64,iVBORw0KGgo="}


def said(**fields):
    """Return a talk in which the assistant's message has these fields, and a question after it."""
    return {"messages": [HELLO, {"role": "assistant", **fields}, HELLO]}


def called(call=CALL, result=RESULT, **fields):
    """Return a talk with a tool call and its result."""
    message = {"role": "assistant", "tool_calls": [call], **fields}
    return {"messages": [HELLO, message, result]}


def asks(*parts, **fields):
    """Return one message of the user that is made of parts."""
    return {"messages": [{"role": "user", "content": list(parts), **fields}]}


def part(kind, **value):
    """Return a part of a message: `{"type": kind, kind: value}`."""
    return {"type": kind, kind: value}


def words(text="Say hello.", **fields):
    """Return a part that is text."""
    return {"type": "text", "text": text, **fields}


# The field whose name is in a refusal that explains itself, and the fields of the request.
FIELDS = {
    "gemini-call-extra-content": ("extra_content", called({**CALL, "extra_content": SIGNATURE})),
    "gemini-message-extra-content": (
        "extra_content",
        said(content="Hello.", extra_content=SIGNATURE),
    ),
    "gemini-image-in-result": (
        "content",
        called(result={**RESULT, "content": [part("image_url", **PIXEL)]}),
    ),
    "anthropic-part-cache-control": ("cache_control", asks(words(cache_control=CACHED))),
    "anthropic-message-cache-control": ("cache_control", asks(words(), cache_control=CACHED)),
    "anthropic-system-cache-control": (
        "cache_control",
        {"messages": [{"role": "system", "content": [words(cache_control=CACHED)]}, HELLO]},
    ),
    "anthropic-result-cache-control": (
        "cache_control",
        called(result={**RESULT, "content": [words("7", cache_control=CACHED)]}),
    ),
    "anthropic-tool-cache-control": (
        "cache_control",
        {"tools": [TOOL | {"cache_control": CACHED}]},
    ),
    "openai-result-name": ("name", called(result={**RESULT, "name": "add"})),
    "openai-user-name": ("name", asks(words(), name="ada")),
    "openai-system-name": (
        "name",
        {"messages": [{"role": "system", "name": "ada", "content": "Be brief."}, HELLO]},
    ),
    "openai-reasoning-content": (
        "reasoning_content",
        said(content="Hello.", reasoning_content="Short is good."),
    ),
    "openai-refusal": ("refusal", said(refusal="No.")),
    "openai-refusal-part": ("content", said(content=[{"type": "refusal", "refusal": "No."}])),
    "openai-content-null": ("content", called(content=None)),
    "openai-content-empty": ("content", called(content="")),
    "openai-audio-of-answer": ("audio", said(audio={"id": "audio_1"})),
    "openai-input-audio": (
        "input_audio",
        asks(words(), part("input_audio", data="AAAA", format="wav")),
    ),
    "openai-file": ("file", asks(words(), part("file", file_id="file-1"))),
    "openai-file-data": (
        "file",
        asks(words(), part("file", filename="a.pdf", file_data="data:application/pdf;base64,AA==")),
    ),
    "openai-video-url": ("video_url", asks(words(), part("video_url", url="https://v.test/a.mp4"))),
    "openai-image-detail": ("detail", asks(words(), part("image_url", **PIXEL, detail="low"))),
    "openai-role-developer": (
        "developer",
        {"messages": [{"role": "developer", "content": "Be brief."}, HELLO]},
    ),
    "openai-role-function": (
        "function",
        {"messages": [HELLO, {"role": "function", "name": "add", "content": "7"}]},
    ),
    "openai-function-call": (
        "function_call",
        said(function_call={"name": "add", "arguments": "{}"}),
    ),
    "openai-custom-tool": ("type", {"tools": [part("custom", name="shell")]}),
    "openai-custom-call": (
        "type",
        called({"id": "call_1", **part("custom", name="shell", input="ls")}),
    ),
    "openai-strict": ("strict", {"tools": [{**TOOL, "function": FUNCTION | {"strict": True}}]}),
    "openai-unknown-in-message": ("x_note", asks(words(), x_note=1)),
    "openai-unknown-in-part": ("x_note", asks(words(x_note=1))),
    "openai-unknown-in-call": ("x_note", called({**CALL, "x_note": 1})),
    "openai-unknown-in-tool": ("x_note", {"tools": [TOOL | {"x_note": 1}]}),
    "openai-unknown-in-function": (
        "x_note",
        {"tools": [{**TOOL, "function": FUNCTION | {"x_note": 1}}]},
    ),
}


async def way_to(in_front, server, config):
    """Return the way to a vendor that takes every request down and refuses it."""
    server.answers(400, {"error": {"message": "No."}})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    return forwarding.Asking(front.gateway, server.requests, "any/gpt-4o", front.data("openai"))


@pytest.mark.parametrize(("word", "fields"), FIELDS.values(), ids=FIELDS)
@outcomes(**forwarding.SENTENCES)
async def test_sent(in_front, server, observed, config, word, fields):
    """A chat with this field, plain and streamed, to a vendor that takes it down."""
    observed(*await forwarding.fate(await way_to(in_front, server, config), word, fields))


# Fields that are dropped and fields that are refused, in messages and in tools.
TRIED = (
    "anthropic-part-cache-control",
    "gemini-image-in-result",
    "openai-input-audio",
    "openai-reasoning-content",
    "openai-role-function",
    "openai-custom-tool",
)


@pytest.mark.parametrize("fields", [FIELDS[name][1] for name in TRIED], ids=TRIED)
@outcomes(
    as_sent="the vendor receives the field as the caller sent it",
    changed="the vendor receives the request with less, or with something else",
    not_sent="nothing is sent",
)
async def test_with_extra_body(in_front, server, observed, config, fields):
    """A plain chat with the messages or tools that have the field in `extra_body` alone."""
    way = await way_to(in_front, server, config)
    answer, got = await way.chat(extra_body=fields)
    if got is None:
        observed("not-sent", answer)
        return
    arrived = {name: got.get(name) for name in fields}
    same = forwarding.named(fields, arrived) == forwarding.AS_SENT
    observed("as-sent" if same else "changed", forwarding.told(fields, arrived))

"""Texts reach the vendor, and come back, letter by letter."""

import json

import pytest

from conformance.core.model import Promise, outcomes
from conformance.stack import configs

PROMISE = Promise(
    slug="texts-kept",
    requires="The gateway MUST pass on the text of a message, and of an answer, as it is: every "
    "plane of Unicode, control characters, and texts of 10 MB.",
    instead="send what is refused or changed in another form, base64 for example",
    documented="found by this suite",
    bites=frozenset(
        {"changed-upwards", "changed-downwards", "refused", "server-error"}
        | {"not-answered", "left-out"}
    ),
    decided_by=("core.server.server:sse_generator",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

TEXTS = {
    "plane-0": "\u0416\uff21\ud7ff\ue000\ufffd",
    "plane-1": "\U00010000\U0001f600",
    "plane-2": "\U00020000",
    "plane-3": "\U00030000",
    "planes-4-to-13": "\U00040000\U000d0000",
    "plane-14": "\U000e0001",
    "planes-15-and-16": "\U000f0000\U0010fffd",
    "noncharacters": "\uffff\ufdd0\U0010ffff",
    "not-normalised": "e\u0301 \u00e9 \u212b",
    "joined": "\U0001f469\u200d\U0001f4bb\ufe0f",
    "marks-of-direction": "\u202e\u2066a\u2069",
    "byte-order-mark": "\ufeffa",
    "controls": "\x01\x08\x0b\x0c\x1b\x1f\x7f",
    "nul": "a\x00b",
    "controls-c1": "\x80\x85\x9b",
    "line-separators": "a\u2028b\u2029c",
    "line-breaks": "a\r\nb\rc\n\nd\n",
    "spaces": "  \t\u00a0\u3000 ",
    "like-an-event": "\n\ndata: [DONE]\n\nevent: error\n\n",
    "like-json": '{"error": "\\u0000"}\\',
    "megabyte": "\u0416" * 500_000,
}
RESULTS = {
    "the_same": "vendor and caller receive the text as it was sent",
    "changed_upwards": "the vendor receives another text",
    "changed_downwards": "the caller receives another text than the vendor sent",
    "refused": "the caller gets a 4xx, and nothing is sent",
    "server_error": "the caller gets a 500 or above, and nothing is sent",
    "not_answered": "the vendor receives the text, and the caller gets an error",
}
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: "
ABOUT = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o"}


def saying(text, *, escaped):
    """Return a vendor that says this text, as JSON's escapes or as the letters themselves."""

    def answer(request):
        stream = request.json.get("stream")
        name, kind = ("delta", ".chunk") if stream else ("message", "")
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", name: message}
        about = {**ABOUT, "object": f"chat.completion{kind}", "choices": [choice]}
        body = json.dumps(about, ensure_ascii=escaped).encode()
        if stream:
            yield HEAD + b"text/event-stream\r\n\r\ndata: " + body + b"\n\ndata: [DONE]\n\n"
        else:
            yield HEAD + b"application/json\r\n\r\n" + body

    return answer


def words(answer, stream):
    """Return the words of an answer; the lines of a stream end with line breaks alone."""
    lines = answer.text.split("\n") if stream else [answer.text]
    found = []
    for line in lines:
        text = line.removeprefix("data: ") if stream else line
        if text.startswith("{"):
            choice = json.loads(text)["choices"][0]
            found.append(choice["delta" if stream else "message"].get("content") or "")
    return "".join(found)


def shown(answer):
    """Return what fits a line of an answer."""
    return f"HTTP {answer.status} {answer.text[:200]!r} … {len(answer.text)} characters"


async def said(in_front, server, config, text, stream):
    """Send a text to a vendor that says it, too; return outcome and evidence."""
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    messages = [{"role": "user", "content": text}]
    answer = await front.gateway.chat(
        "any/gpt-4o", data=front.data("openai"), messages=messages, stream=stream
    )
    chats = [request.json for request in server.requests if request.method == "POST"]
    if not chats:
        return answer.trouble, shown(answer)
    if any(chat["messages"][0]["content"] != text for chat in chats):
        return "changed-upwards", ascii(chats[-1]["messages"])[:200]
    if answer.status != 200 or '"error":' in answer.text[:20]:
        return "not-answered", shown(answer)
    same = words(answer, stream) == text
    return "the-same" if same else "changed-downwards", shown(answer)


@STREAMED
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@outcomes(**RESULTS)
async def test_text(in_front, server, observed, config, text, stream):
    """This text, which the vendor answers with in letters that are not escaped."""
    server.answers_chats(saying(text, escaped=False))
    observed(*await said(in_front, server, config, text, stream))


@pytest.mark.slow
@STREAMED
@outcomes(**RESULTS)
async def test_ten_megabytes(in_front, server, observed, config, stream):
    """A text of 10 MB, which the vendor answers with."""
    text = "a" * 10_000_000
    server.answers_chats(saying(text, escaped=True))
    observed(*await said(in_front, server, config, text, stream))


@STREAMED
@outcomes(
    the_same="the caller receives the half of a letter as the vendor sent it",
    replaced="the caller receives another text, without it",
    not_answered="the caller gets an error in place of the words",
    left_out="the caller gets an answer without the words, and no error",
)
async def test_lone_surrogate(in_front, server, observed, config, stream):
    r"""The vendor says half a letter, `\ud83d`: a stream was cut between the halves of one."""
    server.answers_chats(saying("a\ud83db", escaped=True))
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat("any/gpt-4o", data=front.data("openai"), stream=stream)
    if answer.status != 200 or '"error":' in answer.text:
        observed("not-answered", f"HTTP {answer.status} {ascii(answer.text)[:300]}")
        return
    found = words(answer, stream)
    outcome = "the-same" if found == "a\ud83db" else "replaced"
    observed(outcome if found else "left-out", ascii(answer.text)[:300])

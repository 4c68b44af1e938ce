"""A caller's mistake is answered with a 500, as if the server were broken."""

import gzip
import json
from functools import partial

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="bad-requests",
    happens="mistakes in `extra_headers`, `extra_query`, `extra_body` and `timeout`, in a key or "
    "a deep header are answered with a 500",
    why="the caller learns that the server is broken, tries again, and each attempt costs the "
    "server a traceback; monitoring counts as the gateway's what are callers' mistakes",
    example='{…, "timeout": "x"}',
    instead="check bodies against OpenAI's schema in front of the gateway; count a 500 that no "
    "request reached a vendor for as a caller's",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"server-error", "no-answer"}),
    decided_by=(
        "core.server.server:translate_exception",
        "core.server.server:global_exception_handler",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

MODEL = b'"model": "<provider>/<model>"'
HELLO = b'"messages": [{"role": "user", "content": "Say hello."}]'
DEEP = 3000


def body(more, hello=HELLO, model=MODEL):
    """Return the text of a chat's body with one more field, or another message or model."""
    return b"{%s}" % b", ".join(part for part in (model, hello, more) if part)


BODIES = {
    "nothing": b"",
    "null": b"null",
    "array": b"[]",
    "number": b"7",
    "cut-off": b"{",
    "no-utf-8": body(b'"user": "\xff"'),
    "byte-order-mark": b"\xef\xbb\xbf" + body(b""),
    "nul": body(b'"user": "\\u0000"'),
    "lone-surrogate": body(b"", b'"messages": [{"role": "user", "content": "\\ud800"}]'),
    "lone-surrogate-in-model": body(b"", model=b'"model": "<provider>/\\ud800"'),
    "nan": body(b'"temperature": NaN'),
    "infinity": body(b'"temperature": 1e400'),
    "huge-number": body(b'"seed": ' + b"9" * 5000),
    "deep-array": body(b'"metadata": ' + b"[" * DEEP + b"]" * DEEP),
    "deep-extra-body": body(b'"extra_body": {"a": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "model-twice": body(b'"model": "<provider>/another"'),
    "model-number": body(b"", model=b'"model": 7'),
    "no-model": body(b"", model=b""),
    "model-empty": body(b"", model=b'"model": ""'),
    "model-slash": body(b"", model=b'"model": "/"'),
    "no-messages": body(b"", b""),
    "messages-text": body(b"", b'"messages": "x"'),
    "messages-empty": body(b"", b'"messages": []'),
    "message-number": body(b"", b'"messages": [7]'),
    "role-unknown": body(b"", b'"messages": [{"role": "x", "content": "y"}]'),
    "content-number": body(b"", b'"messages": [{"role": "user", "content": 7}]'),
    "content-missing": body(b"", b'"messages": [{"role": "user"}]'),
    "stream-text": body(b'"stream": "perhaps"'),
    "temperature-text": body(b'"temperature": "hot"'),
    "tools-text": body(b'"tools": "x"'),
    "response-format-text": body(b'"response_format": "x"'),
    "extra-headers-array": body(b'"extra_headers": ["x"]'),
    "extra-headers-number": body(b'"extra_headers": {"x-a": 1}'),
    "extra-headers-blank": body(b'"extra_headers": {"a b": "x"}'),
    "extra-headers-line-break": body(b'"extra_headers": {"x-a": "1\\r\\nx-b: 2"}'),
    "extra-headers-letter": body('"extra_headers": {"x-a": "\u0416"}'.encode()),
    "extra-query-text": body(b'"extra_query": "x"'),
    "extra-body-text": body(b'"extra_body": "x"'),
    "timeout-text": body(b'"timeout": "x"'),
    "timeout-negative": body(b'"timeout": -1'),
    "self": body(b'"self": 1'),
}
HEADERS = {
    "deep": b"[" * DEEP + b"]" * DEEP,
    "nan": b'{"passthrough_api_key": NaN}',
    "key-number": b'{"passthrough_url": "https://unused.test", "passthrough_api_key": 7}',
    "key-object": b'{"passthrough_url": "https://unused.test", "passthrough_api_key": {}}',
    "key-line-break": b'{"passthrough_url": "https://u.test", "passthrough_api_key": "a\\nb"}',
    "key-letter": b'{"passthrough_url": "https://u.test", "passthrough_api_key": "\\u0416"}',
    "bytes": b'{"passthrough_api_key": "\xff"}',
    "field-with-blank": b'{"a b": 1}',
    "self": b'{"self": 1}',
}
BLOCK = 128 * 1024  # the most that a block of Zstandard holds: RFC 8878
WINDOW = b"\x28\xb5\x2f\xfd\x00\x50"  # the head of a frame of any length, with a window of 1 MiB


def block(kind, size, content, *, last=True):
    """Return a block of Zstandard: kind 0 holds its content, kind 1 a byte that is repeated."""
    return (last | kind << 1 | size << 3).to_bytes(3, "little") + content


CODED = {  # of a body, and the coding that the caller says it has
    "gzip": ("gzip", partial(gzip.compress, mtime=0)),
    "no-gzip": ("gzip", bytes),
    "zstd": ("zstd", lambda plain: WINDOW + block(0, len(plain), plain)),
    "no-zstd": ("zstd", bytes),
    "cut-off-zstd": ("zstd", lambda plain: WINDOW + block(0, len(plain), plain)[:-9]),
    "zstd-of-a-gigabyte": ("zstd", lambda _: WINDOW + block(1, BLOCK, b" ", last=False) * 8192),
}
RESULTS = {
    "refused": "the caller gets a 4xx, and nothing is sent",
    "forwarded": "the chat is sent to the vendor",
    "server_error": "the caller gets a 500 or above, and nothing is sent",
    "no_answer": "the gateway's app fails without an answer",
    "served": "the caller gets a 200, and nothing is sent",
}


def to(route, content):
    """Return a body whose model is one of this provider."""
    vendors = route.model.removeprefix(f"{route.provider}/")
    content = content.replace(b"<provider>", route.provider.encode())
    return content.replace(b"<model>", vendors.encode())


async def ask(loopback, observed, content, headers):
    """Send a body as it is; record what comes of it, and that the gateway serves others after."""
    client, path = loopback.gateway.client, "/v1/chat/completions"
    headers = {"content-type": "application/json", **headers}
    with loopback.gateway.around():
        answer = await client.post(path, content=content, headers=headers)
    sent = len(loopback.received)
    later = await loopback.gateway.models()
    if later.status != 200:
        raise CouldNotObserveError(f"the gateway is broken afterwards: {later}")
    unsent = "served" if answer.status_code < 400 else "refused"
    unsent = "server-error" if answer.status_code >= 500 else unsent
    unsent = "no-answer" if not answer.content and answer.status_code >= 500 else unsent
    observed("forwarded" if sent else unsent, f"HTTP {answer.status_code} {answer.text}")


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
@outcomes(**RESULTS)
async def test_body(loopback, observed, route, content):
    """A chat of a caller with a key, whose body is this."""
    headers = {loopback.gateway.header: json.dumps(loopback.data(route))}
    await ask(loopback, observed, to(route, content), headers)


MISTAKES = {
    "messages-empty": {"messages": []},
    "messages-text": {"messages": "x"},
    "role-unknown": {"messages": [{"role": "x", "content": "y"}]},
    "stream-text": {"stream": "perhaps"},
}


@pytest.mark.for_server(chats=1)
@pytest.mark.without_auth
@pytest.mark.parametrize("fields", MISTAKES.values(), ids=MISTAKES)
@outcomes(
    refused="the caller gets a 4xx",
    server_error="the caller gets a 500 or above",
    answered="the caller is answered",
)
async def test_mistake(gateway, observed, provider_data, route, fields):
    """A chat with a field that is wrong, as anyone outside sees it."""
    answer = await gateway.chat(route.model, data=provider_data(route), **fields)
    failed = "server-error" if answer.status >= 500 else "refused"
    observed(failed if answer.status >= 400 else "answered", answer)


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
@outcomes(**RESULTS)
async def test_header(loopback, observed, route, text):
    """A chat whose provider data is this."""
    await ask(loopback, observed, to(route, body(b"")), {loopback.gateway.header: text})


@pytest.mark.parametrize(("coding", "coded"), CODED.values(), ids=CODED)
@outcomes(**RESULTS)
async def test_coded(loopback, observed, route, coding, coded):
    """A chat of a caller with a key, whose body is coded so, or says that it is."""
    headers = {loopback.gateway.header: json.dumps(loopback.data(route))}
    content = coded(to(route, body(b"")))
    await ask(loopback, observed, content, headers | {"content-encoding": coding})

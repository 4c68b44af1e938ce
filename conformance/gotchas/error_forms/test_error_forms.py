"""The gateway's own errors have several forms, none of them OpenAI's."""

import json
import re
from http import HTTPStatus

import pytest

from conformance.contract import error_form
from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack.client import Answer

STATUSES = {
    f"http-{each.value}": f"the caller gets HTTP {each.value}, {each.phrase}"
    for each in map(
        HTTPStatus, (200, 400, 401, 403, 404, 405, 409, 415, 422, 426, 429, 500, 501, 502, 503)
    )
}
WORDS = {
    "names-it": "the words name what is wrong with the request",
    "phrase": "the words are HTTP's for this status, and no more",
    "internal": "the words speak of an internal error",
    "code": "the words show the server's code: a traceback, or the path of a file",
    "names-nothing": "the words name nothing of the request",
}
GOTCHA = Gotcha(
    slug="error-forms",
    happens="the gateway's own errors have several forms, none of them OpenAI's: `type`, `code` "
    "and `param` are missing",
    why="the exceptions of OpenAI's SDK have no type, code and param; a client that reads "
    "`error.message` finds nothing in a `detail`, or the text of a Python object",
    example="GET /v1/no-such-path",
    instead="let clients decide by the status, and take for words what there is of "
    "`error.message`, `error.detail` and `detail`",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset(
        {*error_form.FORMS, "internal", "code", "names-nothing", "http-200", "http-500"}
    )
    - {"envelope"},
    decided_by=(
        "core.server.server:translate_exception",
        "core.server.server:global_exception_handler",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

TRACES = re.compile(r"Traceback|site-packages|\.py\b")
CHAT = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Say hello."}]
NOBODYS = "nobody/no-such-model"
ASKED = {"model": NOBODYS, "messages": HELLO}
# How each mistake is made (method, path, body), and what words would name it by.
MISTAKES = {
    "unknown-model": ("POST", CHAT, ASKED, NOBODYS),
    "unknown-model-streamed": ("POST", CHAT, ASKED | {"stream": True}, NOBODYS),
    "unknown-embedding-model": (
        "POST",
        "/v1/embeddings",
        {"model": NOBODYS, "input": "x"},
        NOBODYS,
    ),
    "unknown-listed-model": ("GET", f"/v1/models/{NOBODYS}", None, NOBODYS),
    "malformed-json": ("POST", CHAT, b"{", "JSON"),
    "no-object": ("POST", CHAT, b"[]", "object"),
    "no-messages": ("POST", CHAT, {"model": NOBODYS}, "messages"),
    "wrong-type": ("POST", CHAT, ASKED | {"temperature": "hot"}, "temperature"),
    "unknown-path": ("GET", "/v1/no-such-path", None, "no-such-path"),
    "other-method": ("PUT", CHAT, {}, "PUT"),
    "other-version": ("GET", "/v1/models", None, "999.0.0"),
    "no-key": ("POST", CHAT, {"messages": HELLO}, "Provider-Data"),
    "wrong-header": ("POST", CHAT, {"messages": HELLO}, "Provider-Data"),
}


def one_of(sentences):
    """Declare these outcomes of a check."""
    return outcomes(**{name.replace("-", "_"): text for name, text in sentences.items()})


async def ask(gateway, mistake, model):
    """Make a mistake: the last three are those of a header, in requests that are right."""
    method, path, body, _name = MISTAKES[mistake]
    headers = {} if body is None else {"content-type": "application/json"}
    if mistake == "other-version":
        headers[gateway.header.replace("Provider-Data", "Client-Version")] = "999.0.0"
    if mistake == "wrong-header":
        headers[gateway.header] = "no JSON"
    if isinstance(body, dict):
        body = json.dumps({"model": model} | body).encode()
    with gateway.around():
        got = await gateway.client.request(method, path, content=body, headers=headers)
    if mistake == "other-version" and got.status_code < 400:
        raise CouldNotObserveError(f"a client of another version is served: {got.text}")
    return Answer(got.status_code, dict(got.headers), got.text)


def shown(answer):
    """Return an error as evidence."""
    return f"HTTP {answer.status} {answer.headers.get('content-type')} {answer.text.strip()}"


@pytest.mark.parametrize("mistake", MISTAKES)
@one_of(error_form.FORMS)
async def test_form(gateway, observed, route, mistake):
    """The form of the error for a mistake of the caller."""
    answer = await ask(gateway, mistake, route.model)
    observed(error_form.of(answer), shown(answer))


@pytest.mark.parametrize("mistake", MISTAKES)
@one_of(STATUSES)
async def test_status(gateway, observed, route, mistake):
    """The status of the error for a mistake of the caller."""
    answer = await ask(gateway, mistake, route.model)
    observed(f"http-{answer.status}", shown(answer))


@pytest.mark.parametrize("mistake", MISTAKES)
@one_of(WORDS)
async def test_words(gateway, observed, route, mistake):
    """What the error says of a mistake of the caller."""
    answer = await ask(gateway, mistake, route.model)
    words = error_form.words(answer)
    if TRACES.search(words):
        observed("code", shown(answer))
    elif MISTAKES[mistake][-1].lower() in words.lower():
        observed("names-it", shown(answer))
    elif words == HTTPStatus(answer.status).phrase:
        observed("phrase", shown(answer))
    else:
        observed("internal" if "internal" in words.lower() else "names-nothing", shown(answer))

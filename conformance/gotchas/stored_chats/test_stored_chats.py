"""Every prompt and every answer is kept on the server, half an answer as a whole one."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="stored-chats",
    happens="each chat is written, prompt and answer, to the inference store; a stream that "
    "broke off is stored as finished",
    why="callers who bring their own keys expect a proxy that keeps nothing, and no request can "
    "turn it off; the file grows without limit",
    example="storage.stores.inference: {backend: sql_default, table_name: inference_store}",
    instead="treat the file as the callers' own texts: protect it, delete it at every start, and "
    "tell them (see `stored-chats-open` for who reads it)",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.TEXT}),
    bites=frozenset({"stored", "stored-as-finished", "still-stored"}),
    decided_by=(
        "providers.utils.inference.inference_store:InferenceStore.store_chat_completion",
        "core.routers.inference:InferenceRouter.list_chat_completions",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

VENDOR = pytest.mark.parametrize("vendor", ["openai", "gemini", "anthropic"])
# Requests to wait for a chat, which is written in the background; fewer once a later one is there,
# though that may overtake the first, which then waits for the database.
PATIENCE, FAREWELL = 200, 40
RESULTS = {
    "stored": "prompt and answer are stored",
    "prompt-only": "the prompt is stored, without the whole answer",
    "not-stored": "nothing of the chat is stored",
}


def ask(text):
    """Return messages with one prompt."""
    return [{"role": "user", "content": text}]


async def listed(gateway):
    """Return the stored chats by their prompts, as any caller can."""
    answer = await gateway.request("GET", "/v1/chat/completions?limit=1000")
    if answer.trouble:
        raise CouldNotObserveError(f"stored chats are not listed: {answer}")
    return {row["input_messages"][0]["content"]: row for row in answer.json()["data"]}


async def chats(loopback, route, text, **fields):
    """Chat, and chat once more to know when writing is over; return what is stored of the first."""
    model, data = route.model, loopback.data(route)
    await loopback.gateway.chat(model, data=data, messages=ask(text), **fields)
    last = f"after {text}"
    await loopback.gateway.chat(model, data=data, messages=ask(last))
    left = PATIENCE
    while left:
        rows = await listed(loopback.gateway)
        if text in rows:
            return rows[text]
        left = min(left - 1, FAREWELL) if last in rows else left - 1
    return None


def result(row):
    """Return the outcome for what is stored of a chat."""
    if row is None:
        return "not-stored"
    words = row["choices"][0]["message"]["content"] or ""
    return "stored" if "stand-in." in words else "prompt-only"


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@VENDOR
@outcomes(**RESULTS)
async def test_plain(loopback, observed, route_to, vendor):
    """A plain chat."""
    row = await chats(loopback, route_to(vendor), f"plain {vendor}")
    observed(result(row), row)


@pytest.mark.for_config
@pytest.mark.without_auth
@VENDOR
@outcomes(**RESULTS)
async def test_streamed(loopback, observed, route_to, vendor):
    """A streamed chat; Gemini's stand-in sends chunks without an id, as was once recorded."""
    row = await chats(loopback, route_to(vendor), f"streamed {vendor}", stream=True)
    observed(result(row), row)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    stored_as_finished="what arrived is stored with the finish reason `stop`",
    stored_as_unfinished="what arrived is stored, and not as a finished answer",
    not_stored="nothing of the chat is stored",
)
async def test_broken_off(loopback, observed, route):
    """A streamed chat that the vendor breaks off after three pieces."""
    loopback.fail(route, drop_after=3, times=1)
    row = await chats(loopback, route, "broken off", stream=True)
    reason = row and row["choices"][0]["finish_reason"]
    outcome = "stored-as-finished" if reason == "stop" else "stored-as-unfinished"
    observed(outcome if row else "not-stored", row)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    still_stored="prompt and answer are stored",
    not_stored="nothing of the chat is stored",
)
async def test_store_false(loopback, observed, route):
    """A plain chat with `store: false`, which asks OpenAI not to keep it."""
    row = await chats(loopback, route, "do not store", store=False)
    observed("still-stored" if row else "not-stored", row)

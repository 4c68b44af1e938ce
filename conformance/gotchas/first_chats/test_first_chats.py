"""Of chats that arrive at once after a start, some are answered and never stored."""

import threading

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, stored
from conformance.stack.together import together

GOTCHA = Gotcha(
    slug="first-chats",
    happens="of chats that arrive at once after a start, some are answered and never stored",
    why="the store is opened, and its tables are made, when the first chat is written; chats that "
    "are to be written before that is done find no table, and are dropped without a word to the "
    "caller",
    example="64 callers come back as soon as the gateway listens again",
    instead="ask for `GET /v1/chat/completions` after the start, before callers are let in",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"some-lost"}),
    decided_by=("core.storage.sqlstore.sqlalchemy_sqlstore:SqlAlchemySqlStoreImpl",),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

CHATS = 64
LIMIT_S = 15
RESULTS = {
    "all-stored": "every chat is answered and stored",
    "some-lost": "every chat is answered, and not every one is stored",
    "not-answered": "a chat is answered with an error",
}


def answering_at_once(server):
    """Let the vendor echo each chat, but none before all of them have come."""
    server.echoes()
    echo, all_here = server.answering, threading.Barrier(CHATS)

    def answer(request):
        if request.method == "POST":
            all_here.wait(LIMIT_S)
        return echo(request)

    server.answering = answer


async def burst(in_front, server, config, name, *, opened):
    """Send chats at once to a new gateway; return the outcome and the evidence."""
    answering_at_once(server)
    own = configs.inference(config, [configs.provider("any", base_url=server.url)])
    front = await in_front(configs.stores(own, sql="${env.HOME}/" + name))
    data = {"passthrough_url": "https://unused.test", "passthrough_api_key": "unused"}
    if opened:
        await front.gateway.request("GET", "/v1/chat/completions")
    prompts = [f"prompt {number}" for number in range(CHATS)]
    async with stored.tasks_ended():
        asked = (
            front.gateway.chat("any/any", data=data, messages=[{"role": "user", "content": text}])
            for text in prompts
        )
        answers = await together(asked)
    refused = [answer for answer in answers if answer.status != 200]
    kept = {chat.prompt for chat in stored.chats(front.home / name)}
    lost = len(set(prompts) - kept)
    outcome = "not-answered" if refused else "some-lost" if lost else "all-stored"
    return outcome, f"{CHATS - len(refused)} of {CHATS} answered, {lost} not stored"


@outcomes(**RESULTS)
async def test_burst(in_front, server, observed, config):
    """64 chats at once, the first after a start."""
    observed(*await burst(in_front, server, config, "burst.db", opened=False))


@outcomes(**RESULTS)
async def test_burst_after_list(in_front, server, observed, config):
    """64 chats at once, after the stored chats were asked for."""
    observed(*await burst(in_front, server, config, "later.db", opened=True))

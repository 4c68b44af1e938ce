"""Callers do not meet: each request has its caller's key, each answer reaches its caller."""

import pytest
import pytest_asyncio

from conformance.core.model import Promise, outcomes
from conformance.promises.isolation.traffic import (
    OverSockets,
    four,
    result,
    stored_result,
    traffic_of,
)
from conformance.stack import configs, stored
from conformance.stack.client import Gateway

PROMISE = Promise(
    slug="isolation",
    requires="However many callers ask at once, the gateway MUST send each request with its own "
    "caller's key and MUST give each answer to its own caller, once.",
    instead="run a gateway of its own for each group of callers who must never meet",
    documented="seed: What is this project? (callers pass their own keys per request)",
    bites=frozenset(
        {
            *("key-mixed-up", "keyless-forwarded", "answer-mixed-up", "stored-mixed-up"),
            *("lost", "repeated"),
        }
    ),
    decided_by=(
        "core.request_headers:RequestProviderDataContext",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

FEW, MANY, SERVED = (16, 8), (64, 32), (16, 12)  # callers, and requests of each
# A server that fails to store a chat draws a traceback, while all wait; see `crowded-store`.
QUIET = {"LOGGING": "all=critical", "LOG_FORMAT": "json"}
RESULTS = {
    "kept_apart": "keys and answers are each caller's own, and none is lost or repeated",
    "key_mixed_up": "a request reached the vendor with another caller's key, or with none",
    "answer_mixed_up": "a caller got the answer to another caller's request",
    "lost": "a request was not answered, or never reached the vendor",
    "repeated": "a request reached the vendor twice",
    "keyless_forwarded": "a request without a key reached the vendor with somebody's",
}
STORED = {
    "kept_apart": "each answered chat is stored once, with its own prompt",
    "stored_mixed_up": "a stored chat has the prompt of one caller and the answer to another",
    "lost": "an answered chat is not stored",
    "repeated": "an answered chat is stored twice",
}


async def asked(in_front, server, config, callers, each):
    """Let callers ask a gateway in this process; return it, and what they got."""
    server.echoes()
    front = await in_front(configs.inference(config, four(server.url)))
    await front.gateway.request("GET", "/v1/chat/completions")  # see `first-chats`
    async with stored.tasks_ended():
        traffic = await traffic_of(front, callers, each)
    return front, traffic


@outcomes(**RESULTS)
async def test_few(in_front, server, observed, config):
    """128 requests of 16 callers to four providers: plain, streamed, left, cancelled, keyless."""
    _, traffic = await asked(in_front, server, config, *FEW)
    observed(*result(traffic, server.requests))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_many(in_front, server, observed, config):
    """2,048 requests of 64 callers, of the same kinds."""
    _, traffic = await asked(in_front, server, config, *MANY)
    observed(*result(traffic, server.requests))


@outcomes(**STORED)
async def test_stored(in_front, server, observed, config):
    """The requests of `few` after a list of the stored chats; then what the file holds."""
    own = configs.stores(config, sql="${env.HOME}/chats.db")
    front, traffic = await asked(in_front, server, own, *FEW)
    observed(*stored_result(traffic, stored.chats(front.home / "chats.db")))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(serve, raw_servers):
    """A server that 16 callers have asked at once, what they got, and what the vendor received."""
    vendor = raw_servers[0]
    vendor.clear()
    vendor.echoes()
    server = await serve(providers=four(vendor.url), **QUIET)
    async with Gateway(server.header, url=server.url) as gateway:
        traffic = await traffic_of(OverSockets(gateway), *SERVED)
    await server.process.settled()
    return server, traffic, list(vendor.requests)


@pytest.mark.needs("process")
@outcomes(**RESULTS)
async def test_server(served, observed):
    """192 requests of those kinds, of 16 callers, over connections to a server of its own."""
    _, traffic, received = served
    observed(*result(traffic, received))


@pytest.mark.needs("process")
@outcomes(**STORED)
async def test_server_stored(served, observed):
    """What the store of that server holds then."""
    server, traffic, _ = served
    _first, *chats = stored.chats(server.home / "sql.db")  # each server has answered one before
    observed(*stored_result(traffic, chats))

"""Callers do not meet: each request has its caller's key, each answer reaches its caller."""

import pytest
import pytest_asyncio

from conformance.core.model import Promise, outcomes
from conformance.promises.isolation.traffic import (
    OverSockets,
    four,
    lost_of,
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

FEW, MANY = (16, 8), (64, 32)  # callers, and requests of each
# Without tracebacks, which keep all callers waiting; see `errors-freeze` and `lost-chats`.
QUIET = {"LOGGING": "all=critical", "LOG_FORMAT": "json", "LOG_FILE": ""}
RESULTS = {
    "kept_apart": "keys and answers are each caller's own, and none is lost or repeated",
    "key_mixed_up": "a request reached the vendor with another caller's key, or with none",
    "answer_mixed_up": "a caller got the answer to another caller's request",
    "lost": "a request was not answered, or never reached the vendor",
    "repeated": "a request reached the vendor twice",
    "keyless_forwarded": "a request without a key reached the vendor with somebody's",
}
STORED = {
    "stored_mixed_up": "a stored chat has the prompt of one caller and the answer to another",
    "repeated": "an answered chat is stored twice",
}


async def fronted(in_front, server, config):
    """Return a gateway in this process, with four providers and a vendor that echoes."""
    server.echoes()
    return await in_front(configs.inference(config, four(server.url)))


@outcomes(**RESULTS)
async def test_few(in_front, server, observed, config):
    """128 requests of 16 callers to four providers: plain, streamed, left, cancelled, keyless."""
    front = await fronted(in_front, server, config)
    traffic = await traffic_of(front, *FEW)
    await front.closing()
    observed(*result(traffic, server.requests))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_many(in_front, server, observed, config):
    """2,048 requests of 64 callers, of the same kinds."""
    front = await fronted(in_front, server, config)
    traffic = await traffic_of(front, *MANY)
    await front.closing()
    observed(*result(traffic, server.requests))


@outcomes(
    **STORED,
    kept_apart="each answered chat is stored once, with its own prompt",
    lost="an answered chat is not stored",
)
async def test_stored(in_front, server, observed, config):
    """The requests of `few` after a list of the stored chats; then what the file holds."""
    own = configs.stores(config, sql="${env.HOME}/chats.db")
    front = await fronted(in_front, server, own)
    await front.gateway.request("GET", "/v1/chat/completions")  # see `first-chats`
    async with stored.tasks_ended():
        traffic = await traffic_of(front, *FEW)
    await front.closing()
    chats = stored.chats(front.home / "chats.db")
    outcome, evidence = stored_result(chats)
    lost = lost_of(traffic, chats)
    observed("lost" if lost and outcome == "kept-apart" else outcome, f"{evidence} {lost or ''}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(serve, raw_servers):
    """A server that 16 callers have asked at once, what they got, and what the vendor received."""
    vendor = raw_servers[0]
    vendor.clear()
    vendor.echoes()
    server = await serve(providers=four(vendor.url), **QUIET)
    async with Gateway(server.header, url=server.url) as gateway:
        traffic = await traffic_of(OverSockets(gateway), *FEW)
    await server.process.settled()
    return server, traffic, list(vendor.requests)


@pytest.mark.needs("process")
@outcomes(**RESULTS)
async def test_server(served, observed):
    """The requests of `few`, over connections to a server in a process of its own."""
    _, traffic, received = served
    observed(*result(traffic, received))


@pytest.mark.needs("process")
@outcomes(**STORED, kept_apart="each stored chat is there once, with its own prompt")
async def test_server_stored(served, observed):
    """What the store of that server holds then; that it holds all is another matter."""
    server, traffic, _ = served
    _first, *chats = stored.chats(server.home / "sql.db")  # each server has answered one before
    outcome, evidence = stored_result(chats)
    observed(outcome, f"{evidence}; {len(lost_of(traffic, chats))} not stored")

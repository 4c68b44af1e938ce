"""Callers do not meet: each request has its caller's key, each answer reaches its caller."""

import pytest

from conformance.core.model import Promise, outcomes
from conformance.stack import configs, stored
from conformance.stack.crowd import four, over_sockets, result, stored_result, traffic_of
from conformance.stack.entry import QUIET

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
AT_ONCE = 16  # of a server, whose answers take longer on a busy machine
RESULTS = {
    "kept_apart": "keys and answers are each caller's own, and none is lost or repeated",
    "key_mixed_up": "a request reached the vendor with another caller's key, or with none",
    "answer_mixed_up": "a caller got the answer to another caller's request",
    "lost": "a request was not answered, or never reached the vendor",
    "repeated": "a request reached the vendor twice",
    "keyless_forwarded": "a request without a key reached the vendor with somebody's",
}
STORED = {
    "kept_apart": "each chat is stored once at most, with its own prompt",
    "stored_mixed_up": "a stored chat has the prompt of one caller and the answer to another",
    "repeated": "an answered chat is stored twice",
}


async def fronted(in_front, server, config):
    """Return a gateway in this process, with four providers and a vendor that echoes."""
    server.echoes()
    return await in_front(configs.inference(config, four(server.url)))


async def asked(front, callers, each):
    """Let many callers ask a gateway in this process, and return what they got."""
    traffic = await traffic_of(front, callers, each)
    await front.closing()
    return traffic


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_few(in_front, server, observed, config):
    """128 requests of 16 callers to four providers: plain, streamed, left, cancelled, keyless."""
    front = await fronted(in_front, server, config)
    observed(*result(await asked(front, *FEW), server.requests))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_many(in_front, server, observed, config):
    """2,048 requests of 64 callers, of the same kinds."""
    front = await fronted(in_front, server, config)
    observed(*result(await asked(front, *MANY), server.requests))


@pytest.mark.slow
@outcomes(**STORED, lost="an answered chat is not stored")
async def test_stored(in_front, server, observed, config):
    """The requests of `few` after a list of the stored chats; then what the file holds."""
    own = configs.stores(config, sql="${env.HOME}/chats.db")
    front = await fronted(in_front, server, own)
    await front.gateway.request("GET", "/v1/chat/completions")  # see `first-chats`
    async with stored.tasks_ended():
        traffic = await asked(front, *FEW)
    chats = stored.chats(front.home / "chats.db")
    outcome, evidence = stored_result(chats)
    lost = traffic.answers.keys() - {chat.prompt for chat in chats}
    observed("lost" if lost and outcome == "kept-apart" else outcome, f"{evidence} {lost or ''}")


@pytest.fixture(scope="module")
def served(serve, raw_servers):
    """A way to have a server that was asked, what its callers got, and what the vendor received."""
    vendor = raw_servers[0]
    made: list[object] = []

    async def asked():
        if not made:
            vendor.clear()
            vendor.echoes()
            server = await serve(providers=four(vendor.url), **QUIET)
            async with over_sockets(server.header, server.url) as front:
                traffic = await traffic_of(front, *FEW, AT_ONCE)
            await server.process.settled()
            made.extend((server, traffic, list(vendor.requests)))
        return made

    return asked


@pytest.mark.needs("process")
@outcomes(**RESULTS)
async def test_server(served, observed):
    """The requests of `few`, 16 at once, over connections to a server in a process of its own."""
    _, traffic, received = await served()
    observed(*result(traffic, received))


@pytest.mark.needs("process")
@outcomes(**STORED)
async def test_server_stored(served, observed):
    """What the store of that server holds then; that it holds all is another matter."""
    server, traffic, _ = await served()
    _first, *chats = stored.chats(server.home / "sql.db")  # each server has answered one before
    outcome, evidence = stored_result(chats)
    observed(outcome, f"{evidence} of {len(traffic.answers)} answered")

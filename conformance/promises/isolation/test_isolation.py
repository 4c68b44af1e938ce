"""Callers do not meet: each request has its caller's key, each answer reaches its caller."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from conformance.core.model import Promise, outcomes
from conformance.stack import configs, stored

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

PROVIDERS = 4
FEW, MANY = (16, 8), (64, 32)  # callers, and requests of each
AT_ONCE = 64
SOON_S = 0.02  # until a caller loses patience
RESULTS = {
    "kept_apart": "keys and answers are each caller's own, and none is lost or repeated",
    "key_mixed_up": "a request reached the vendor with another caller's key, or with none",
    "answer_mixed_up": "a caller got the answer to another caller's request",
    "lost": "a request was not answered, or never reached the vendor",
    "repeated": "a request reached the vendor twice",
    "keyless_forwarded": "a request without a key reached the vendor with somebody's",
}


@dataclass
class Traffic:
    """What callers asked and got, by the prompt, which names its caller and is asked once."""

    answers: dict[str, str] = field(default_factory=dict)
    keyless: set[str] = field(default_factory=set)


def four(config, url):
    """Return the config with four providers at four paths of a server."""
    names = [f"p{number}" for number in range(PROVIDERS)]
    return configs.inference(config, [configs.provider(n, base_url=f"{url}/{n}") for n in names])


def key_of(prompt):
    """Return the key of the caller who asks this."""
    return f"key-of-{prompt.partition('.')[0]}"


def plan(callers, each):
    """Return what is asked, in a random order that is the same in every run: prompt and kind."""
    kinds = ["plain", "streamed", "plain", "streamed", "left", "cancelled", "plain", "keyless"]
    asked = [(f"c{c}.{n}", kinds[n % len(kinds)]) for c in range(callers) for n in range(each)]
    random.Random(7).shuffle(asked)  # noqa: S311 - no secret
    return asked


async def ask(front, traffic, prompt, kind):
    """Ask one thing as its caller would; note what came back."""
    model = f"p{sum(map(ord, prompt)) % PROVIDERS}/any"
    fields = {"messages": [{"role": "user", "content": prompt}]}
    data = {"passthrough_url": "https://unused.test", "passthrough_api_key": key_of(prompt)}
    if kind == "keyless":
        traffic.keyless.add(prompt)
        await front.gateway.chat(model, **fields)
    elif kind == "left":
        pieces = front.stream(model, data, **fields)
        await anext(pieces)
        await pieces.aclose()
    elif kind == "cancelled":
        asking = asyncio.ensure_future(front.gateway.chat(model, data=data, **fields))
        await asyncio.sleep(SOON_S)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    else:
        stream = {"stream": True} if kind == "streamed" else {}
        answer = await front.gateway.chat(model, data=data, **fields, **stream)
        traffic.answers[prompt] = answer.content() or str(answer)


async def traffic_of(front, callers, each):
    """Let many callers ask at once, and return what they got."""
    traffic, turn = Traffic(), asyncio.Semaphore(AT_ONCE)

    async def asked(prompt, kind):
        async with turn:
            await ask(front, traffic, prompt, kind)

    await asyncio.gather(*(asked(*each) for each in plan(callers, each)))
    await front.closing()
    return traffic


def result(traffic, received):
    """Return the outcome for what callers got and what arrived, and the evidence."""
    sent = [
        (r.json["messages"][-1]["content"], r.headers.get("authorization", "")) for r in received
    ]
    arrived = Counter(prompt for prompt, _ in sent)
    bearers = [(prompt, bearer) for prompt, bearer in sent if prompt not in traffic.keyless]
    somebodys = [each for each in sent if each[0] in traffic.keyless and "key-of" in each[1]]
    wrong = [each for each in bearers if each[1] != f"Bearer {key_of(each[0])}"]
    others = {p: got for p, got in traffic.answers.items() if got != p and got in arrived}
    lost = [p for p, got in traffic.answers.items() if got not in arrived or p not in arrived]
    repeated = [prompt for prompt, times in arrived.items() if times > 1]
    found = {
        "key-mixed-up": wrong,
        "keyless-forwarded": somebodys,
        "answer-mixed-up": others,
        "lost": lost,
        "repeated": repeated,
    }
    counts = f"{len(traffic.answers)} answers, {len(received)} requests at the vendor"
    hurt = next((name for name, seen in found.items() if seen), "kept-apart")
    return hurt, f"{counts} {found.get(hurt) or ''}"


@outcomes(**RESULTS)
async def test_few(in_front, server, observed, config):
    """128 requests of 16 callers to four providers: plain, streamed, left, cancelled, keyless."""
    server.echoes()
    front = await in_front(four(config, server.url))
    traffic = await traffic_of(front, *FEW)
    observed(*result(traffic, [r for r in server.requests if r.method == "POST"]))


@pytest.mark.slow
@outcomes(**RESULTS)
async def test_many(in_front, server, observed, config):
    """2,048 requests of 64 callers, of the same kinds."""
    server.echoes()
    front = await in_front(four(config, server.url))
    traffic = await traffic_of(front, *MANY)
    observed(*result(traffic, [r for r in server.requests if r.method == "POST"]))


@outcomes(
    kept_apart="each answered chat is stored once, with its own prompt",
    stored_mixed_up="a stored chat has the prompt of one caller and the answer to another",
    lost="an answered chat is not stored",
    repeated="an answered chat is stored twice",
)
async def test_stored(in_front, server, observed, config):
    """The requests of `few` after a list of the stored chats; then what the file holds."""
    server.echoes()
    front = await in_front(configs.stores(four(config, server.url), sql="${env.HOME}/chats.db"))
    await front.gateway.request("GET", "/v1/chat/completions")  # see `first-chats`
    async with stored.tasks_ended():
        traffic = await traffic_of(front, *FEW)
    chats = stored.chats(front.home / "chats.db")
    times = Counter(chat.prompt for chat in chats)
    found = {
        # Of a stream that its caller left, what had come may be all that is stored.
        "stored-mixed-up": [chat for chat in chats if not chat.prompt.startswith(chat.answer)],
        "lost": [prompt for prompt in traffic.answers if prompt not in times],
        "repeated": [prompt for prompt, number in times.items() if number > 1],
    }
    hurt = next((name for name, seen in found.items() if seen), "kept-apart")
    observed(hurt, f"{len(chats)} stored {found.get(hurt) or ''}")

"""Asks as many callers do at once, and judges whose keys went out and whose answers came back.

The same for a gateway in this process and for a server: `front` has a `gateway`, its client, and
`stream(model, data, **fields)`, which yields the pieces of an answer as they come.
"""

import asyncio
import json
import random
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field

from conformance.stack import configs
from conformance.stack.client import Gateway

PROVIDERS = 4
AT_ONCE = 64
SOON_S = 0.02  # until a caller loses patience
PATH = "/v1/chat/completions"


@dataclass(frozen=True)
class OverSockets:
    """The front of a server: each piece of a stream is read from a connection."""

    gateway: Gateway

    async def stream(self, model, data, **fields):
        """Stream one chat; yield the pieces of the answer."""
        body = {"model": model, "stream": True, **fields}
        headers = {self.gateway.header: json.dumps(data)}
        limit_s = self.gateway.limit_s
        asking = self.gateway.client.stream(
            "POST", PATH, json=body, headers=headers, timeout=limit_s
        )
        async with asking as answer:
            async for piece in answer.aiter_text():
                yield piece


@dataclass
class Traffic:
    """What callers asked and got, by the prompt, which names its caller and is asked once."""

    answers: dict[str, str] = field(default_factory=dict)
    keyless: set[str] = field(default_factory=set)


def four(url):
    """Return four providers at four paths of a server."""
    names = [f"p{number}" for number in range(PROVIDERS)]
    return [configs.provider(name, base_url=f"{url}/{name}") for name in names]


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
        async with aclosing(front.stream(model, data, **fields)) as pieces:
            await anext(pieces)
    elif kind == "cancelled":
        asking = asyncio.ensure_future(front.gateway.chat(model, data=data, **fields))
        await asyncio.sleep(SOON_S)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    else:
        stream = {"stream": True} if kind == "streamed" else {}
        answer = await front.gateway.chat(model, data=data, **fields, **stream)
        traffic.answers[prompt] = answer.content() or str(answer)


async def traffic_of(front, callers, each, at_once=AT_ONCE):
    """Let callers ask, so many at once, and return what they got."""
    traffic, turn = Traffic(), asyncio.Semaphore(at_once)

    async def asked(prompt, kind):
        async with turn:
            await ask(front, traffic, prompt, kind)

    await asyncio.gather(*(asked(*each) for each in plan(callers, each)))
    return traffic


def result(traffic, received):
    """Return the outcome for what callers got and what arrived, and the evidence."""
    chats = [request for request in received if request.method == "POST"]
    sent = [(r.json["messages"][-1]["content"], r.headers.get("authorization", "")) for r in chats]
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
    counts = f"{len(traffic.answers)} answers, {len(sent)} requests at the vendor"
    hurt = next((name for name, seen in found.items() if seen), "kept-apart")
    return hurt, f"{counts} {found.get(hurt) or ''}"


def stored_result(chats):
    """Return the outcome for the chats that a store holds, and the evidence."""
    times = Counter(chat.prompt for chat in chats)
    found = {
        # Of a stream that its caller left, what had come may be all that is stored.
        "stored-mixed-up": [chat for chat in chats if not chat.prompt.startswith(chat.answer)],
        "repeated": [prompt for prompt, number in times.items() if number > 1],
    }
    hurt = next((name for name, seen in found.items() if seen), "kept-apart")
    return hurt, f"{len(chats)} stored {found.get(hurt) or ''}"


def lost_of(traffic, chats):
    """Return the prompts that were answered and are not among the stored chats."""
    return sorted(traffic.answers.keys() - {chat.prompt for chat in chats})

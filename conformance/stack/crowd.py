"""Asks as many callers do at once, and judges whose keys went out and whose answers came back.

They ask plain and streamed, leave, cancel, and ask without a key; a gateway in this process or,
over connections, a server. Each prompt names its crowd and its caller and is asked once, so that
keys and answers tell whose they are, and what a crowd before left behind is not taken for theirs.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from conformance.stack import configs
from conformance.stack.client import Gateway, plain_client
from conformance.stack.together import together

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping

    from conformance.stack.stored import Stored

PROVIDERS = 4
AT_ONCE = 64
SOON_S = 0.02  # until a caller loses patience
PATH = "/v1/chat/completions"
CROWDS = count(1)
KINDS = ("plain", "streamed", "plain", "streamed", "left", "cancelled", "plain", "keyless")


class Front(Protocol):
    """What is asked: a gateway's client, and a way to have the pieces of an answer as they come."""

    @property
    def gateway(self) -> Gateway:
        """The client."""

    def stream(self, model: str, data: Mapping[str, str], **fields: Any) -> AsyncGenerator[str]:
        """Stream one chat; yield the pieces of the answer."""


class Received(Protocol):
    """A request as it arrived at a vendor."""

    @property
    def method(self) -> str:
        """The method."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, by lower-case names."""

    @property
    def json(self) -> Any:
        """The body, parsed."""


@dataclass(frozen=True, slots=True)
class OverSockets:
    """The front of a server: the pieces of a stream are read from a connection."""

    gateway: Gateway

    async def stream(
        self, model: str, data: Mapping[str, str], **fields: Any
    ) -> AsyncGenerator[str]:
        """Stream one chat; yield the pieces of the answer."""
        body = {"model": model, "stream": True, **fields}
        headers = {self.gateway.header: json.dumps(dict(data))}
        asked: dict[str, Any] = {"json": body, "headers": headers}
        client = self.gateway.client
        async with client.stream("POST", PATH, timeout=self.gateway.limit_s, **asked) as answer:
            async for piece in answer.aiter_text():
                yield piece


@asynccontextmanager
async def over_sockets(header: str, url: str) -> AsyncIterator[OverSockets]:
    """Give the front of the server at a URL; each request has a connection of its own.

    A server closes some connections after an error, and the next request on them is lost.
    """
    single = httpx.Limits(max_keepalive_connections=0)
    client = plain_client(base_url=url, limits=single)
    async with Gateway(header, client=client) as gateway:
        yield OverSockets(gateway)


@dataclass(slots=True)
class Traffic:
    """What was asked, what callers got by their prompts, and what was sent without a key."""

    asked: frozenset[str] = frozenset()
    answers: dict[str, str] = field(default_factory=dict)
    keyless: set[str] = field(default_factory=set)


def four(url: str) -> list[configs.Config]:
    """Return four providers at four paths of a server."""
    names = [f"p{number}" for number in range(PROVIDERS)]
    return [configs.provider(name, base_url=f"{url}/{name}") for name in names]


def key_of(prompt: str) -> str:
    """Return the key of the caller who asks this."""
    return f"key-of-{prompt.partition('.')[0]}"


async def traffic_of(front: Front, callers: int, each: int, at_once: int = AT_ONCE) -> Traffic:
    """Let many callers ask, so many at once, and return what they got.

    Raises `CouldNotObserveError` if one of them gets no answer.
    """
    plan, turn = _plan(f"crowd-{next(CROWDS)}", callers, each), asyncio.Semaphore(at_once)
    traffic = Traffic(frozenset(prompt for prompt, _ in plan))

    async def asked(prompt: str, kind: str) -> None:
        async with turn:
            await _ask(front, traffic, prompt, kind)

    await together(asked(*each) for each in plan)
    return traffic


def _plan(crowd: str, callers: int, each: int) -> list[tuple[str, str]]:
    """Return what is asked, in a random order that is the same in every run: prompt and kind."""
    asked = [
        (f"{crowd}-caller-{caller}.{number}", KINDS[number % len(KINDS)])
        for caller in range(callers)
        for number in range(each)
    ]
    random.Random(7).shuffle(asked)  # noqa: S311 - no secret
    return asked


async def _ask(front: Front, traffic: Traffic, prompt: str, kind: str) -> None:
    """Ask one thing as its caller would; note what came back."""
    model = f"p{sum(map(ord, prompt)) % PROVIDERS}/any"
    fields: dict[str, Any] = {"messages": [{"role": "user", "content": prompt}]}
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
        stream: dict[str, Any] = {"stream": True} if kind == "streamed" else {}
        answer = await front.gateway.chat(model, data=data, **fields, **stream)
        traffic.answers[prompt] = answer.content() or str(answer)


def result(traffic: Traffic, received: Iterable[Received]) -> tuple[str, str]:
    """Return the outcome for what callers got and what arrived at a vendor, and the evidence.

    What has neither a prompt nor a key of these callers is another crowd's, and is not judged.
    """
    bearers = {f"Bearer {key_of(prompt)}" for prompt in traffic.asked}
    chats = [request for request in received if request.method == "POST"]
    all_sent = [
        (each.json["messages"][-1]["content"], each.headers.get("authorization", ""))
        for each in chats
    ]
    sent = [each for each in all_sent if each[0] in traffic.asked or each[1] in bearers]
    arrived = Counter(prompt for prompt, _ in sent)
    keyed = [(prompt, bearer) for prompt, bearer in sent if prompt not in traffic.keyless]
    found: dict[str, object] = {
        "key-mixed-up": [each for each in keyed if each[1] != f"Bearer {key_of(each[0])}"],
        "keyless-forwarded": [p for p, key in sent if p in traffic.keyless and "key-of" in key],
        "answer-mixed-up": [p for p, got in traffic.answers.items() if got != p and got in arrived],
        "lost": [p for p, got in traffic.answers.items() if not {p, got} <= arrived.keys()],
        "repeated": [prompt for prompt, times in arrived.items() if times > 1],
    }
    return _first(found, f"{len(traffic.answers)} answers, {len(sent)} requests at the vendor")


def stored_result(chats: Collection[Stored]) -> tuple[str, str]:
    """Return the outcome for the chats that a store holds, and the evidence."""
    times = Counter(chat.prompt for chat in chats)
    found: dict[str, object] = {
        # Of a stream that its caller left, what had come may be all that is stored.
        "stored-mixed-up": [chat for chat in chats if not chat.prompt.startswith(chat.answer)],
        "repeated": [prompt for prompt, number in times.items() if number > 1],
    }
    return _first(found, f"{len(chats)} stored")


def _first(found: Mapping[str, object], counts: str) -> tuple[str, str]:
    """Return the first outcome of which something was seen, and the counts with what was seen."""
    hurt = next((name for name, seen in found.items() if seen), "kept-apart")
    return hurt, f"{counts} {found.get(hurt) or ''}"

"""A gateway that has answered many chats holds no more than one that has answered some."""

from dataclasses import dataclass

import pytest

from conformance.core.model import CouldNotObserveError, Promise, outcomes
from conformance.stack.client import Gateway
from conformance.stack.entry import QUIET
from conformance.stack.held import Held, held
from conformance.stack.together import together

PROMISE = Promise(
    slug="endurance",
    requires="However many chats it has answered, the gateway MUST hold no more memory and open "
    "files than after the first few hundred.",
    instead="restart the server from time to time, before its memory or its open files run out",
    documented="found by this suite",
    bites=frozenset({"grows", "pile-up"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = [pytest.mark.needs("process", "remote::passthrough", "chat"), pytest.mark.slow]

FIRST, THEN, AT_ONCE = 400, 400, 8
# What libraries keep and the collector has not yet found is up to 50 KiB a chat here, and far less
# later; a client or a TLS context that is never given back is half a MiB.
GROWS_KIB = 128
MODEL = "openai/gpt-4o"


@dataclass(frozen=True)
class Growth:
    """What a server held after the first chats, and after all of them."""

    before: Held
    after: Held

    @property
    def memory(self):
        """The memory that each of the later chats left behind, in KiB."""
        return (self.after.memory - self.before.memory) / THEN

    @property
    def files(self):
        """The open files that all later chats left behind."""
        return self.after.files - self.before.files

    def __str__(self):
        """Return the figures."""
        return (
            f"after {FIRST} chats {self.before.memory // 1024} MiB, {self.before.files} open "
            f"files; after {THEN} more {self.after.memory // 1024} MiB, {self.after.files}"
        )


async def chats(server, key, number):
    """Send so many chats, several at once."""
    async with Gateway(server.header, url=server.url) as gateway:

        async def caller():
            for turn in range(number // AT_ONCE):
                messages = [{"role": "user", "content": f"Say {turn}."}]
                answer = await gateway.chat(MODEL, data=server.data(key), messages=messages)
                if answer.status != 200:
                    raise CouldNotObserveError(f"a chat is answered with {answer}")

        await together(caller() for _ in range(AT_ONCE))
    await server.process.settled()


@pytest.fixture(scope="module")
def grown(serve, stand_in_key):
    """A way to know how a server grew; both checks look at the same one."""
    made: list[Growth] = []

    async def growth():
        if not made:
            server, key = await serve(**QUIET), stand_in_key
            pid = server.process.process.pid
            await chats(server, key, FIRST)
            before = held(pid)
            await chats(server, key, THEN)
            made.append(Growth(before, held(pid)))
        return made[0]

    return growth


@outcomes(
    steady="each of 400 chats leaves less than 128 KiB behind",
    grows="each leaves more",
)
async def test_memory(grown, observed):
    """The memory of a server after 400 chats, and after 400 more, eight at once."""
    growth = await grown()
    observed("grows" if growth.memory >= GROWS_KIB else "steady", growth)


@outcomes(
    steady="400 chats leave fewer than 200 files open",
    pile_up="they leave more: a file for every other chat",
)
async def test_open_files(grown, observed):
    """The open files of that server, connections among them."""
    growth = await grown()
    observed("pile-up" if growth.files >= THEN / 2 else "steady", growth)

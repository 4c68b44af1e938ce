"""A chat that SQLite cannot write within five seconds is lost, and its traceback stops the rest."""

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import stored
from conformance.stack.together import together
from conformance.stack.tracebacks import OUTCOMES, Tracebacks, tracebacks

GOTCHA = Gotcha(
    slug="lost-chats",
    happens="a chat that SQLite cannot write within five seconds is answered and never stored; its "
    "traceback can stop the server",
    why="another process that writes to the file for that long suffices; no write goes on while a "
    "traceback is drawn, so that one lost chat loses others, and nobody is answered until all of "
    "them are drawn",
    example="sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached",
    instead="start the server with `LLAMA_STACK_LOGGING=all=critical`: nobody waits, and what is "
    "lost is lost without a word; do not rely on the stored chats",
    documented="found by this suite",
    severity=Severity.HIGH,
    bites=frozenset({"lost", "with-locals", "drawn"}),
    worst=frozenset({"with-locals"}),
    decided_by=("providers.utils.inference.inference_store:InferenceStore.store_chat_completion",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

CHATS = 2
HELD_S = 6  # a write waits five seconds for its turn
SERVERS = {
    "as-it-is": {},
    "json-format": {"LOG_FORMAT": "json", "LOG_FILE": ""},
    "level-critical": {"LOGGING": "all=critical"},
}


@dataclass(frozen=True)
class Crowded:
    """What a server did while its store was locked: chats it stored, tracebacks it wrote."""

    stored: int
    tracebacks: Tracebacks

    def __str__(self):
        """Return the figures."""
        return f"{self.stored} of {CHATS} stored; {self.tracebacks}"


def kept(server, prompts):
    """Return how many chats with these prompts a server has stored."""
    return sum(chat.prompt in prompts for chat in stored.chats(server.home / "sql.db"))


async def crowded(server, key):
    """Send chats that are all answered while another process writes to the store."""
    await server.process.settled()
    prompts = [f"lost chats {number}" for number in range(CHATS)]
    said, noted = len(server.process.console), len(server.process.log)
    with contextlib.closing(sqlite3.connect(server.home / "sql.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for prompt in prompts:
            messages = [{"role": "user", "content": prompt}]
            status = await server.send(server.data(key), messages=messages)
            if status != 200:
                raise CouldNotObserveError(f"a chat is answered with {status}")
        await server.process.settled()  # who waits for the lock sleeps
        await asyncio.sleep(HELD_S)
        other.execute("COMMIT")
    await server.process.settled()
    written = server.process.console[said:] + server.process.log[noted:]
    return Crowded(kept(server, prompts), tracebacks(written))


@pytest.fixture(scope="module")
def found(serve, stand_in_key):
    """A way to know what each of the servers did, all at the same time: most of it is waiting."""
    results: dict[str, Crowded] = {}

    async def all_of_them():
        if not results:
            servers = [await serve(**settings) for settings in SERVERS.values()]
            made = await together(crowded(server, stand_in_key) for server in servers)
            results.update(zip(SERVERS, made, strict=True))
        return results

    return all_of_them


@outcomes(
    stored="every chat is stored",
    lost="a chat that was answered is not stored",
)
async def test_stored(found, observed):
    """Two chats while another process writes to the store for six seconds."""
    result = (await found())["as-it-is"]
    observed("stored" if result.stored == CHATS else "lost", result)


@pytest.mark.parametrize("how", SERVERS)
@outcomes(**OUTCOMES)
async def test_work(found, observed, how):
    """What is drawn of it, as it is, with `LOG_FORMAT=json` and with `LOGGING=all=critical`.

    With the JSON format there is no log file.
    """
    result = (await found())[how]
    observed(result.tracebacks.outcome, result)

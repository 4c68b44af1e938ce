"""Servers that share a store share chats, and do not see the models that another one registers."""

import asyncio
import time

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="shared-store",
    happens="before 0.7.0, a server does not see the models that another one on the same store "
    "registers",
    why="behind a load balancer `/v1/models` differs from request to request, and a chat for the "
    "new model is refused by one server and answered by the other; a rolling update shows it, too",
    example="storage.backends.kv_default: {type: kv_sqlite, db_path: /shared/kv.db}",
    instead="register models in a config that all servers have, and restart all of them when it "
    "changes",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"unseen"}),
    decided_by=("core.store.registry:CachedDiskDistributionRegistry",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

ADDED = "openai/of-the-second"
REGISTERED = configs.model("openai", "of-the-first")
KEPT_S, SAMPLE_S = 6, 0.2  # longer than those releases keep what they have read that read again
LISTED = {"seen": "its `/v1/models` has it", "unseen": "its `/v1/models` does not have it"}


async def models(server):
    """Return the names of the models that a server lists."""
    answer = await server.request("GET", "/v1/models")
    rows = (answer.json() or {}).get("data")
    if not rows:
        raise CouldNotObserveError(f"no models are listed: {answer}")
    return sorted(row.get("identifier") or row["id"] for row in rows)


async def prompts(server):
    """Return the prompts of the stored chats that a server lists, or None if it lists none."""
    answer = await server.request("GET", "/v1/chat/completions?limit=1000")
    rows = (answer.json() or {}).get("data")
    return rows and {row["input_messages"][0]["content"] for row in rows}


@outcomes(
    both="both servers answer 200",
    one="one server answers 200",
    neither="neither server answers 200",
)
async def test_chats(neighbours, observed, stand_in_key):
    """A chat through each of two servers, the second of which was started beside the first."""
    statuses = [await each.send(each.data(stand_in_key)) for each in neighbours.each]
    observed({2: "both", 1: "one", 0: "neither"}[statuses.count(200)], statuses)


@outcomes(
    shared="each server lists both chats",
    apart="a server does not list the other one's chat",
    not_listed="no chats are listed",
)
async def test_stored_chats(neighbours, observed, stand_in_key):
    """A chat through each server, and then the stored chats that each one lists."""
    texts = {f"shared store {number}" for number in range(len(neighbours.each))}
    for server, text in zip(neighbours.each, sorted(texts), strict=True):
        message = {"role": "user", "content": text}
        await server.send(server.data(stand_in_key), messages=[message])
        await server.process.settled()
    found = [await prompts(each) for each in neighbours.each]
    if not all(found):
        observed("not-listed", found)
        return
    listed = [sorted(texts & each) for each in found]
    observed("shared" if all(texts <= each for each in found) else "apart", listed)


@outcomes(**LISTED)
async def test_configured_model(neighbours, observed):
    """A model that the second server's config has; the models that the first one lists."""
    if ADDED not in (own := await models(neighbours.second)):
        raise CouldNotObserveError(f"the second server does not have its own model: {own}")
    found = await models(neighbours.first)
    while ADDED not in found and time.monotonic() < neighbours.since + KEPT_S:
        await asyncio.sleep(SAMPLE_S)
        found = await models(neighbours.first)
    observed("seen" if ADDED in found else "unseen", found)


@outcomes(**LISTED, no_such_request="the release has no request that registers a model")
async def test_registered_model(neighbours, observed):
    """A model registered at the first server; what the second one lists right after."""
    answer = await neighbours.first.request("POST", "/v1/models", REGISTERED)
    if answer.status in {404, 405}:
        observed("no-such-request", answer)
        return
    name = f"{REGISTERED['provider_id']}/{REGISTERED['model_id']}"
    if name not in (own := await models(neighbours.first)):
        raise CouldNotObserveError(f"the first server does not have it: {own}; {answer}")
    found = await models(neighbours.second)
    observed("seen" if name in found else "unseen", found)

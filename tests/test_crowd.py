"""How a crowd is judged, and one that asks a server for minutes; `isolation` asks for seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.core import releases
from conformance.promises.isolation.test_isolation import MANY
from conformance.stack import configs
from conformance.stack.crowd import Traffic, four, key_of, over_sockets, result, traffic_of
from conformance.stack.entry import QUIET, variable
from conformance.vendors.raw import serve_raw
from conformance.vendors.server import serve
from tests.support.servers import running

if TYPE_CHECKING:
    from pathlib import Path

AT_ONCE = 16


async def asked(directory: Path) -> tuple[str, str]:
    """Let 64 callers send 2,048 requests to a server; return the outcome and the evidence."""
    facts = releases.facts(releases.reference())
    quiet = {variable(facts, name): value for name, value in QUIET.items()}
    with serve() as vendors, serve_raw() as vendor:
        vendor.echoes()
        started = running(
            directory, vendors, quiet, lambda config: configs.inference(config, four(vendor.url))
        )
        async with started as (client, server):
            async with over_sockets(facts.header, str(client.base_url)) as front:
                traffic = await traffic_of(front, *MANY, AT_ONCE)
            await server.settled()
        return result(traffic, vendor.requests)


@pytest.mark.thorough
def test_callers_of_a_server_do_not_meet(tmp_path: Path) -> None:
    """Of 2,048 requests of 64 callers, each has its own key and each answer its own caller."""
    outcome, evidence = asyncio.run(asked(tmp_path))

    assert outcome == "kept-apart", evidence


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as a vendor receives it."""

    json: dict[str, object]
    headers: dict[str, str]
    method: str = "POST"


def sent(prompt: str, key: str = "") -> Sent:
    """Return the request that carries a prompt, and the key of its caller or a given one."""
    body: dict[str, object] = {"messages": [{"role": "user", "content": prompt}]}
    return Sent(body, {"authorization": f"Bearer {key or key_of(prompt)}"})


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ([], "kept-apart"),
        ([sent("crowd-1-caller-0.0"), sent("crowd-1-caller-0.0")], "kept-apart"),
        ([sent("crowd-2-caller-0.0")], "repeated"),
        ([sent("crowd-2-caller-0.1", key_of("crowd-1-caller-0.0"))], "key-mixed-up"),
        ([sent("crowd-1-caller-0.0", key_of("crowd-2-caller-0.0"))], "key-mixed-up"),
    ],
    ids=["alone", "left-behind", "twice", "foreign-key", "own-key-for-another"],
)
def test_another_crowds_requests_are_not_judged(more: list[Sent], outcome: str) -> None:
    """What a crowd before left behind says nothing of this one; a key that went astray does."""
    prompts = ("crowd-2-caller-0.0", "crowd-2-caller-0.1")
    traffic = Traffic(frozenset(prompts), {prompts[0]: prompts[0]})

    assert result(traffic, [sent(prompts[0]), *more])[0] == outcome


def test_a_lost_request_is_seen() -> None:
    """An answered prompt that never reached the vendor is lost, whatever else arrived."""
    prompt = "crowd-2-caller-0.0"
    traffic = Traffic(frozenset({prompt}), {prompt: prompt})

    assert result(traffic, [sent("crowd-1-caller-0.0")])[0] == "lost"

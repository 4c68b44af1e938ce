"""Several stacks in one process leave each other alone, as processes of their own would."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from conformance import shipped
from conformance.core import releases
from conformance.stack import booting, configs
from conformance.stack.module_state import State
from conformance.stack.sandbox import (
    NetworkClosedError,
    closed_network,
    process_home,
    surroundings,
)
from tests.support.harness import stack_object

if TYPE_CHECKING:
    from pathlib import Path

OTHER_STACKS = {"of another stack"}


@pytest.mark.filterwarnings("ignore")  # the stack's own
@pytest.mark.asyncio
async def test_a_stack_comes_up_before_its_catalogue_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the stack's own task does first is done when a boot is handed over, in its own state."""
    table = stack_object("core.routing_tables.models:ModelsRoutingTable")
    monkeypatch.setattr(table, "listed_providers", set(OTHER_STACKS))
    seen: list[Any] = []

    async def refresh(_implementations: Any) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        seen.append(set(table.listed_providers))

    monkeypatch.setattr(stack_object("core.stack"), "refresh_registry_once", refresh)
    facts = releases.facts(releases.installed())
    config = configs.fitted(configs.read(shipped("run.yaml")), facts)
    home, cwd = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    cwd.mkdir()
    with closed_network(), surroundings(process_home(), process_home()):
        async with booting.boot(config, facts, home, cwd) as run:
            came_up = list(seen)

    assert run.failure is None
    assert came_up == [set(), set()]  # as it is made, and by its own task
    assert table.listed_providers == OTHER_STACKS


def test_a_stack_keeps_its_state_while_requests_overlap() -> None:
    """Of two requests that overlap, the one that ends last gives the process its state back.

    A container stays the same object: other modules of the stack have imported it.
    """
    store = stack_object("core.storage.sqlstore.sqlstore")
    backends = store._SQLSTORE_BACKENDS
    before = dict(backends)
    state = State(releases.facts(releases.installed()))
    first, second = state.active(), state.active()

    with state.active():
        backends["own"] = "registered"
    with first:
        second.__enter__()
        assert backends == {"own": "registered"}
    assert backends == {"own": "registered"}
    second.__exit__(None, None, None)

    assert backends == before
    assert store._SQLSTORE_BACKENDS is backends
    assert state.own["core.storage.sqlstore.sqlstore", "_SQLSTORE_BACKENDS"] == {
        "own": "registered"
    }


def test_a_name_that_no_query_can_hold_may_be_looked_up() -> None:
    """A name that no resolver can send to another machine may be looked up, any other may not."""
    with closed_network():
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(b"n" * 64 + b".test", 80)
        with pytest.raises(NetworkClosedError):
            socket.getaddrinfo(b"vendor.test", 80)

"""Several stacks in one process leave each other alone, as processes of their own would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance import shipped
from conformance.core import releases
from conformance.stack import booting, configs
from conformance.stack.sandbox import closed_network, process_home, surroundings
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
    monkeypatch.setattr(table, "listed_providers", OTHER_STACKS)
    seen: list[Any] = []

    async def refresh(_implementations: Any) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        seen.append(table.listed_providers)

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
    assert table.listed_providers is OTHER_STACKS

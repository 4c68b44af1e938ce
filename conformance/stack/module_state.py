"""Keeps several stacks in one process apart: each has module state of its own, like a process.

A later boot replaces the store look-up tables of an earlier one; a provider that was once listed is
never listed again, because `ModelsRoutingTable.listed_providers` is a class attribute; and a
shutdown cancels the refresh task of whichever stack booted last.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Facts

REFRESH = ("core.stack", "REGISTRY_REFRESH_TASK")
SHARED = (
    ("core.storage.kvstore.kvstore", "_KVSTORE_BACKENDS"),
    ("core.storage.kvstore.kvstore", "_KVSTORE_INSTANCES"),
    ("core.storage.kvstore.kvstore", "_KVSTORE_LOCKS"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_BACKENDS"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_INSTANCES"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_LOCKS"),
    REFRESH,
)
LISTED = ("core.routing_tables.models", "ModelsRoutingTable.listed_providers")


def places(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return where a release keeps state that all stacks of a process share: module and name."""
    return (*SHARED, LISTED) if facts.listed_once else SHARED


def missing(facts: Facts) -> list[str]:
    """Return which of those places, or all loggers, the imported release lacks."""
    lacking = []
    for module, name in places(facts):
        *owners, last = name.split(".")
        holder: Any = sys.modules[f"{facts.module}.{module}"]
        for owner in owners:
            holder = getattr(holder, owner, None)
        if not hasattr(holder, last):
            lacking.append(f"{facts.module}.{module}:{name}")
    names = [
        name for name in logging.root.manager.loggerDict if name.startswith(f"{facts.module}.")
    ]
    return lacking if names else [*lacking, f"any logger below `{facts.module}`"]


@dataclass(slots=True)
class State:
    """The module state of one stack of a release; empty until it is first active."""

    facts: Facts
    own: dict[tuple[str, str], Any] = field(default_factory=dict)
    _before: dict[tuple[str, str], Any] = field(default_factory=dict)
    _blocks: int = 0

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let this stack's state be the process's while the block runs.

        Blocks of one stack may overlap, as requests that are sent at once do: the last one ends it.
        """
        if not self._blocks:
            self._begin()
        self._blocks += 1
        try:
            yield
        finally:
            self._blocks -= 1
            if not self._blocks:
                self._end()

    def _begin(self) -> None:
        module = self.facts.module
        self._before = {place: _read(module, place) for place in places(self.facts)}
        for place, value in self._before.items():
            _write(module, place, self.own.get(place, _empty(value)))

    def _end(self) -> None:
        module = self.facts.module
        for place, value in self._before.items():
            self.own[place] = _read(module, place)
            _write(module, place, value)

    async def settled(self) -> None:
        """Wait, while active, until the task that refreshes the catalogue sleeps for a while.

        It begins as the stack comes up. Left to itself it would go on during another stack's
        requests, find that stack's state, and ask vendors whom a process of its own does not ask.
        """
        task = _read(self.facts.module, REFRESH)
        while isinstance(task, asyncio.Task) and not task.done() and not _sleeps(task):  # noqa: ASYNC110
            await asyncio.sleep(0)  # nothing tells of a task that begins to sleep


def _sleeps(task: asyncio.Task[Any]) -> bool:
    waiting_for = getattr(task.get_coro(), "cr_await", None)
    return getattr(waiting_for, "cr_code", None) is asyncio.sleep.__code__


def _holder(module: str, place: tuple[str, str]) -> tuple[Any, str]:
    holder: Any = sys.modules[f"{module}.{place[0]}"]
    *owners, name = place[1].split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    return holder, name


def _read(module: str, place: tuple[str, str]) -> Any:
    holder, name = _holder(module, place)
    value = getattr(holder, name)
    return copy.copy(value) if isinstance(value, dict | set) else value


def _write(module: str, place: tuple[str, str], value: Any) -> None:
    """Replace the content of a container and leave it in its place.

    Other modules have imported the container itself: an inference store looks there for the kind
    of its database, and takes a queue for its writes if it finds none.
    """
    holder, name = _holder(module, place)
    current = getattr(holder, name)
    if isinstance(current, dict | set):
        current.clear()
        current.update(value)
    else:
        setattr(holder, name, value)


def _empty(value: Any) -> Any:
    """Return what a new process has in a place: an empty container, or None for a task."""
    return type(value)() if isinstance(value, dict | set) else None

"""Keeps several stacks in one process apart: each has module state of its own, like a process.

A later boot replaces the store look-up tables of an earlier one; a provider that was once listed is
never listed again, because `ModelsRoutingTable.listed_providers` is a class attribute; and a
shutdown cancels the refresh task of whichever stack booted last.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REFRESH = ("core.stack", "REGISTRY_REFRESH_TASK")
SHARED = (
    ("core.storage.kvstore.kvstore", "_KVSTORE_BACKENDS"),
    ("core.storage.kvstore.kvstore", "_KVSTORE_INSTANCES"),
    ("core.storage.kvstore.kvstore", "_KVSTORE_LOCKS"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_BACKENDS"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_INSTANCES"),
    ("core.storage.sqlstore.sqlstore", "_SQLSTORE_LOCKS"),
    REFRESH,
    ("core.routing_tables.models", "ModelsRoutingTable.listed_providers"),
)


@dataclass(slots=True)
class State:
    """The module state of one stack of the package `module`; empty until it is first active."""

    module: str
    own: dict[tuple[str, str], Any] = field(default_factory=dict)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let this stack's state be the process's while the block runs."""
        before = {place: _read(self.module, place) for place in SHARED}
        for place, value in before.items():
            _write(self.module, place, self.own.get(place, _empty(value)))
        try:
            yield
        finally:
            for place, value in before.items():
                self.own[place] = _read(self.module, place)
                _write(self.module, place, value)

    async def settled(self) -> None:
        """Wait, while active, until the task that refreshes the catalogue sleeps for a while.

        It begins as the stack comes up. Left to itself it would go on during another stack's
        requests, find that stack's state, and ask vendors whom a process of its own does not ask.
        """
        task = _read(self.module, REFRESH)
        while isinstance(task, asyncio.Task) and not task.done() and not _sleeps(task):  # noqa: ASYNC110
            await asyncio.sleep(0)  # nothing tells of a task that begins to sleep


def _sleeps(task: asyncio.Task[Any]) -> bool:
    waiting_for = getattr(task.get_coro(), "cr_await", None)
    return getattr(waiting_for, "cr_code", None) is asyncio.sleep.__code__


_ABSENT = object()


def _holder(module: str, place: tuple[str, str]) -> tuple[Any, str]:
    holder: Any = sys.modules.get(f"{module}.{place[0]}")
    *owners, name = place[1].split(".")
    for owner in owners:
        holder = getattr(holder, owner, None)
    return holder, name


def _read(module: str, place: tuple[str, str]) -> Any:
    holder, name = _holder(module, place)
    return _ABSENT if holder is None else vars(holder).get(name, _ABSENT)


def _write(module: str, place: tuple[str, str], value: Any) -> None:
    holder, name = _holder(module, place)
    if holder is not None and value is not _ABSENT:
        setattr(holder, name, value)


def _empty(value: Any) -> Any:
    """Return what a new process has in a place: the same kind of container, or None for a task."""
    if value is _ABSENT:
        return _ABSENT
    if hasattr(value, "default_factory"):
        return type(value)(value.default_factory)
    return type(value)() if isinstance(value, dict | set) else None

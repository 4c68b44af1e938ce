"""Asks several things at once, and leaves none of them behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable


async def together[T](asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all of them return, in their order.

    Raises the error of the first that fails, with the others ended: what went on would be seen by
    the checks that follow.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in asked]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]

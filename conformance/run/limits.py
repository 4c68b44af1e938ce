"""Gives each check its time, for the set-up, for itself and for what it tears down."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core.needs import PROCESS
from conformance.run.session import JUDGE, SESSION
from conformance.stack import timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

LIMIT_S = 90.0  # for the set-up of a check, for the check, and for what it tears down
HEAVY_LIMIT_S = 180.0  # for a heavy check, or one of a server, which draws tracebacks for seconds


def _limit(item: pytest.Item) -> float:
    heavy = any(item.get_closest_marker(name) for name in (PROCESS, "slow"))
    return HEAVY_LIMIT_S if heavy else LIMIT_S


def limited(item: pytest.Function, left_behind: timeouts.LeftBehind) -> Callable[..., Any]:
    """Return the check of an item, ended by its event loop once its time is up."""
    check, limit_s = item.obj, _limit(item)

    @functools.wraps(check)
    async def within_its_time(*arguments: Any, **named: Any) -> None:
        left_behind.begin()
        try:
            async with asyncio.timeout(limit_s) as limit:
                await check(*arguments, **named)
        except TimeoutError as error:
            if limit.expired():
                raise timeouts.HangError("the check", limit_s) from error
            raise

    return within_its_time


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Give the fixtures of a check their time, and no more."""
    return (yield from _ended(item, "the set-up of the check"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Give a check its time, and no more."""
    try:
        return (yield from _ended(item, "the check"))
    except KeyboardInterrupt:
        if JUDGE in item.stash:
            item.config.stash[SESSION].left_behind.end()
        raise


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Give what a check tears down its time, and no more."""
    return (yield from _ended(item, "what the check tears down"))


def _ended(item: pytest.Item, phase: str) -> Generator[None, object, object]:
    """Run a phase of a check; raise `HangError` if it does not end, whatever it is doing."""
    if JUDGE not in item.stash:
        return (yield)
    with timeouts.ended_after(_limit(item), phase):
        return (yield)

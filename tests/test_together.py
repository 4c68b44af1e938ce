"""What asks at once ends together."""

from __future__ import annotations

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError
from conformance.stack.together import together


async def waiting(ended: list[bool]) -> None:
    """Wait until somebody ends it; say so."""
    try:
        await asyncio.sleep(60)
    finally:
        ended.append(True)


def test_results_keep_their_order() -> None:
    """Each result stands where its question stood, whichever came first."""

    async def later(number: int) -> int:
        await asyncio.sleep(0.01 * (3 - number))
        return number

    assert asyncio.run(together(later(number) for number in range(3))) == [0, 1, 2]


def test_nothing_goes_on_after_a_failure() -> None:
    """The error of the first that fails is raised, alone, and the others have ended by then."""
    ended: list[bool] = []

    async def failing() -> None:
        await asyncio.sleep(0)
        raise CouldNotObserveError("no answer")

    with pytest.raises(CouldNotObserveError, match="no answer"):
        asyncio.run(together([waiting(ended), failing(), waiting(ended)]))
    assert ended == [True, True]


def test_who_gives_up_ends_them() -> None:
    """A caller that is cancelled leaves nothing behind either."""
    ended: list[bool] = []

    async def given_up() -> None:
        async with asyncio.timeout(0.01):
            await together([waiting(ended)])

    with pytest.raises(TimeoutError):
        asyncio.run(given_up())
    assert ended == [True]

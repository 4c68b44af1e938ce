"""The checks of a run in batches, of which each is run by whichever process asks for it first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

ONE_HOME = "default_home"  # a fixture whose directory all forks share, for it is fixed at import
NUMBER = 4  # bytes of a batch's number; a pipe hands out so few as a whole

Batch = list["pytest.Item"]


def together(items: Sequence[pytest.Item]) -> list[Batch]:
    """Put together what one process must run: the checks of a file, which share boots."""
    found: dict[str, Batch] = {}
    one_home = {item.path for item in items if ONE_HOME in getattr(item, "fixturenames", ())}
    for item in items:
        name = ONE_HOME if item.path in one_home else str(item.path)
        found.setdefault(name, []).append(item)
    return list(found.values())


class Queue:
    """Batches to be run, by this process and its forks."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        """Hold these batches until they are asked for."""
        self.batches = batches
        self._numbers, fill = os.pipe()  # unlike a lock, a pipe survives a process that is killed
        os.write(fill, b"".join(number.to_bytes(NUMBER) for number in range(len(batches))))
        os.close(fill)

    def close(self) -> None:
        """Hand out no more."""
        os.close(self._numbers)

    def run(self) -> Iterator[pytest.Item]:
        """Run batches in this process until none is left; yield each check that has run."""
        batch = self._next()
        while batch:
            following = self._next()
            yield from run(batch, following)
            batch = following

    def _next(self) -> Batch:
        number = os.read(self._numbers, NUMBER)
        return self.batches[int.from_bytes(number)] if number else []


def run(items: Batch, following: Sequence[pytest.Item] = ()) -> Iterator[pytest.Item]:
    """Run checks as pytest does, before those that follow in this process; yield each."""
    then = following[0] if following else None
    for item, after in zip(items, [*items[1:], then], strict=False):  # of none, nothing
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        go_on(item.session)
        yield item


def go_on(session: pytest.Session) -> None:
    """Raise what ends the run early, if something was said to end it."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)

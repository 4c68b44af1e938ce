"""Puts a home into the state an earlier start of the stack has left it in."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conformance.cassettes.replay import Tape
    from conformance.run.boots import Booted
    from conformance.run.session import Session
    from conformance.stack.configs import Config, Restart

JOURNALS = "*.db-*"


@pytest.fixture(scope="session")
def seeds() -> dict[str, tuple[Path, list[str]]]:
    """The homes that first starts have left behind, and the models they listed, by config."""
    return {}


@pytest.fixture
def first_start(
    seeds: dict[str, tuple[Path, list[str]]],
    fresh_boot: Callable[[Config, Path], AbstractAsyncContextManager[Booted]],
    conformance_session: Session,
    tape: Tape,
) -> Callable[[Restart, Path], Awaitable[list[str]]]:
    """Fill a home as the first of two starts would, but for the files that are lost.

    `await first_start(restart, home)` returns the models which that start listed. It happens once
    for all with the same config and scenario. Raises `CouldNotObserveError` if it fails.
    """

    async def filled(restart: Restart, home: Path) -> list[str]:
        name = repr([tape.path, restart.first])
        if name not in seeds:
            left = conformance_session.directory("home")
            async with fresh_boot(restart.first, left) as run:
                seeds[name] = left, await run.gateway.model_ids()
        left, listed = seeds[name]
        without = shutil.ignore_patterns(JOURNALS, restart.lost)
        shutil.copytree(left, home, ignore=without, copy_function=_copied, dirs_exist_ok=True)
        return listed

    return filled


def _copied(source: str, target: str) -> None:
    """Copy a file; a database through SQLite, which may be folding in its journal just now."""
    if Path(source).suffix != ".db":
        shutil.copy2(source, target)
        return
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)

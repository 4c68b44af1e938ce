"""Collects what checks receive from the gateway of the installed release: requests and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.run.session import JUDGE, SESSION
from tests.support.harness import run_checks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from conformance.run.exchange import Exchange


class _Listener:
    """A plug-in that keeps the exchanges of each check, by its id."""

    def __init__(self) -> None:
        self.exchanges: dict[str, list[Exchange]] = {}

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Keep what a check has received before the next one begins."""
        if JUDGE in item.stash:
            heard = item.config.stash[SESSION].wire.exchanges
            self.exchanges[item.stash[JUDGE].id] = list(heard)


def exchanges(report: Path, *ids: str) -> dict[str, list[Exchange]]:
    """Run checks and return the exchanges of each, by its id."""
    listener = _Listener()
    run_checks(report, *ids, plugins=(listener,))
    return listener.exchanges

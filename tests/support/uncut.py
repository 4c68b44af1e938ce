"""A pytest plug-in that takes back what the harness cuts away of a stack in its process.

The stack has its own logging, with tracebacks that its own handlers draw, all variables of the
environment but the home, and the garbage collector.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from conformance.stack import booting, garbage, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.core.releases import Facts


def pytest_configure(config: pytest.Config) -> None:
    """Take the cuts back before anything is booted."""
    del config
    sandbox.KEPT = ("",)  # type: ignore[assignment] # all names begin so
    garbage.left_alone = nullcontext  # type: ignore[assignment] # leaves it on
    booting._captured = _overheard


@contextmanager
def _overheard(facts: Facts, lines: list[str]) -> Iterator[None]:
    """Collect what the stack logs, and let it print as its own command does."""
    booting.load(facts, "log:setup_logging")()
    logger = logging.getLogger(facts.module)
    handler = booting._Recorder(lines)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)

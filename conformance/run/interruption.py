"""Lets pytest end at once when the user interrupts it: it would first look through all imports."""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Spare pytest what takes seconds where a stack is imported.

    It parses the source of every frame to print the last one, and collects garbage five times.
    """
    excinfo.traceback = excinfo.traceback[-1:]
    gc.freeze()

"""A pytest plug-in that spoils the stack before any check runs, as `SPOIL` says.

`absent`: it cannot be imported. `refusing`: every boot raises. `hanging`: every boot waits for ever
in its event loop. `blocking`: every boot blocks its thread for ever. `lingering`: every boot raises
and leaves a thread that never ends. `interrupted`: the user interrupts the first boot.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from conformance.stack import booting as harness
from tests.support.harness import stack_object

if TYPE_CHECKING:
    import pytest

REASON = "spoilt on purpose"


def pytest_configure(config: pytest.Config) -> None:
    """Spoil the stack."""
    del config
    how = os.environ["PYTEST_SPOIL"]
    if how == "absent":
        sys.modules["llama_stack"] = None  # type: ignore[assignment] # what import then refuses
        return
    harness.LIMIT_S = 1.0
    made = stack_object("core.stack:Stack")
    made.initialize_as_usual = made.initialize
    made.initialize = {
        "refusing": _refuse,
        "hanging": _hang,
        "blocking": _block,
        "lingering": _linger,
        "interrupted": _interrupt,
    }[how]


async def _refuse(_stack: Any) -> None:
    raise ValueError(REASON)


async def _hang(_stack: Any) -> None:
    await asyncio.Event().wait()


async def _block(_stack: Any) -> None:
    threading.Event().wait()


async def _linger(stack: Any) -> None:
    threading.Thread(target=threading.Event().wait).start()
    await _refuse(stack)


async def _interrupt(stack: Any) -> None:
    type(stack).initialize = type(stack).initialize_as_usual  # once is enough
    os.kill(os.getpid(), signal.SIGINT)
    await stack.initialize()

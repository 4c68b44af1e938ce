"""A pytest plug-in that spoils the stack before any check runs, as `SPOIL` says.

`absent`: it cannot be imported. `refusing`: every boot raises. `hanging`: every boot waits for ever
in its event loop. `blocking`: every boot blocks its thread for ever. `lingering`: every boot raises
and leaves a thread that never ends. `interrupted`: the user interrupts the first boot.
`hanging-request`, `hanging-stream`, `hanging-shutdown`, `hanging-fixture`: what the name says waits
for ever in the event loop. `blocking-request`: every chat blocks the thread for ever.
`interrupted-request`: the user interrupts the fiftieth chat, once it is answered.
`dying`: the process dies in the first boot, and leaves the file that `PYTEST_DIED` names.
`lacking`: a place of module state is not there.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.run import limits
from conformance.run.fixtures import boots
from conformance.stack import booting as harness
from tests.support.harness import stack_object

if TYPE_CHECKING:
    import pytest

REASON = "spoilt on purpose"
DIED = Path(os.environ.get("PYTEST_DIED", ""))
CHATS, INTERRUPTED = itertools.count(1), 50
HANGING_BOOTS = ("refusing", "hanging", "blocking", "lingering", "interrupted")


def pytest_configure(config: pytest.Config) -> None:
    """Spoil the stack."""
    del config
    how = os.environ["PYTEST_SPOIL"]
    if how == "absent":
        sys.modules["llama_stack"] = None  # type: ignore[assignment] # what import then refuses
        return
    if how == "lacking":
        server = stack_object("core.storage.kvstore.kvstore")
        del server._KVSTORE_LOCKS
        return
    if how == "dying":
        made = stack_object("core.stack:Stack")
        made.initialize_as_usual, made.initialize = made.initialize, _die
        return
    if how not in HANGING_BOOTS:
        limits.LIMIT_S = harness.SHUTDOWN_LIMIT_S = 2.0
        _hang_later(how)
        return
    if how in {"hanging", "blocking"}:
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


def _hang_later(how: str) -> None:
    if how == "hanging-shutdown":
        stack_object("core.stack:Stack").shutdown = _hang
    elif how == "hanging-fixture":
        boots.Boots.gateway = _hang  # type: ignore[method-assign, assignment]
    else:
        server = stack_object("core.server.server")
        create = server.create_app
        server.create_app = lambda: _spoilt(create(), how)


def _spoilt(app: Any, how: str) -> Any:
    class Hanging:
        """A middleware that hangs in every chat."""

        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def never(message: Any) -> None:
                if message["type"] == "http.response.body" and how == "hanging-stream":
                    await asyncio.Event().wait()
                await send(message)

            if scope["type"] == "http" and scope["path"].endswith("/chat/completions"):
                if how == "blocking-request":
                    threading.Event().wait()
                if how == "hanging-request":
                    await asyncio.Event().wait()
                if how == "interrupted-request" and next(CHATS) == INTERRUPTED:
                    await self.app(scope, receive, _interrupting)
            await self.app(scope, receive, never)

    app.add_middleware(Hanging)
    return app


async def _interrupting(_message: Any) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(0)


async def _die(stack: Any) -> None:
    if not _mark():
        os._exit(3)
    await type(stack).initialize_as_usual(stack)


def _mark() -> bool:
    """Leave a file; return whether it was there before."""
    there = DIED.exists()
    DIED.touch()
    return there


async def _refuse(_stack: Any) -> None:
    raise ValueError(REASON)


async def _hang(*_: Any) -> None:
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

"""Boots a stack in this process and shuts it down. The only module that imports the stack."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import traceback
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.core.model import CouldNotObserveError
from conformance.stack import module_state
from conformance.stack.module_state import State
from conformance.stack.sandbox import process_home, surroundings
from conformance.stack.timeouts import HangError, ended_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from conformance.core.releases import Facts

_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

LIMIT_S = 30.0  # a first boot takes about 1.5 s on two slow cores
SHUTDOWN_LIMIT_S = 10.0  # a shutdown takes some milliseconds

STORES = (
    ("core.storage.kvstore.kvstore", "shutdown_kvstore_backends", "_KVSTORE_INSTANCES"),
    ("core.storage.sqlstore.sqlstore", "shutdown_sqlstore_backends", "_SQLSTORE_INSTANCES"),
)


@dataclass(frozen=True, slots=True)
class BootFailure:
    """Why a stack did not boot: the exception's type and message, as the operator sees them."""

    type: str
    message: str

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"


@dataclass(slots=True)
class Stack:
    """A booted stack, or one that failed to boot; `log` grows while the stack lives."""

    home: Path
    cwd: Path
    state: State
    app: Any = None
    lifespan: Any = None
    failure: BootFailure | None = None
    log: list[str] = field(default_factory=list)


def load(facts: Facts, path: str) -> Any:
    """Import `module:qualified.name` from below the stack's package.

    Raises `CouldNotObserveError` if the stack, the module or the name is not there.
    """
    module, _, name = path.partition(":")
    try:
        found = importlib.import_module(f"{facts.module}.{module}")
        for part in filter(None, name.split(".")):
            found = getattr(found, part)
    except Exception as error:
        raise CouldNotObserveError(
            f"cannot import {facts.module}.{module} ({type(error).__name__}: {error}); "
            "is the release installed with its own api package? `make venv` repairs it"
        ) from error
    return found


@asynccontextmanager
async def boot(
    config: Mapping[str, Any] | Path,
    facts: Facts,
    home: Path,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Stack]:
    """Boot a config as the server would from its file, and shut it down afterwards.

    A mapping is written to a file first; a file is booted as it is.

    `home` and `cwd` are the directories the stack sees while it lives, `variables` the environment
    variables it sees beside those every process needs. A stack that refuses to
    boot is yielded with its `failure`. Raises `CouldNotObserveError` if the stack cannot be
    imported or does not come up within `LIMIT_S` seconds.
    """
    file = config if isinstance(config, Path) else _written(config, cwd)
    with surroundings(process_home(), process_home()):  # an import fixes default directories
        create_app = _imported(facts)
    stack = Stack(home, cwd, State(facts))
    async with AsyncExitStack() as closing:
        seen = {**(variables or {}), facts.config_variable: str(file)}
        closing.enter_context(surroundings(home, cwd, **seen))
        closing.enter_context(_captured(facts, stack.log))
        closing.push_async_callback(_shut_down, stack, facts)
        try:
            with stack.state.active(), ended_after(LIMIT_S, "the boot"):
                stack.app = create_app()
                lifespan = stack.app.router.lifespan_context(stack.app)
                async with asyncio.timeout(LIMIT_S):
                    await lifespan.__aenter__()  # left in `_shut_down`
                    stack.lifespan = lifespan
                    await stack.state.settled()
        except (TimeoutError, HangError, asyncio.CancelledError) as error:
            raise HangError("the boot", LIMIT_S) from error
        except (Exception, SystemExit) as error:  # noqa: BLE001 - any refusal is an answer
            stack.failure = BootFailure(type(error).__name__, str(error))
        yield stack


def _written(config: Mapping[str, Any], cwd: Path) -> Path:
    file = cwd.parent / f"{cwd.name}.yaml"
    file.write_text(yaml.dump(dict(config), Dumper=_Dumper, sort_keys=False), encoding="utf-8")
    return file


def _imported(facts: Facts) -> Any:
    """Import the stack. Raises `CouldNotObserveError` if it lacks what the harness relies on."""
    create_app = load(facts, "core.server.server:create_app")
    for module, _name in module_state.places(facts):
        load(facts, module)
    if missing := module_state.missing(facts):
        raise CouldNotObserveError(
            f"the release lacks what the harness relies on: {', '.join(missing)}"
        )
    return create_app


async def _shut_down(stack: Stack, facts: Facts) -> None:
    try:
        with stack.state.active(), ended_after(SHUTDOWN_LIMIT_S, "the shutdown"):
            async with asyncio.timeout(SHUTDOWN_LIMIT_S):
                if stack.lifespan is not None:
                    # The stack's own lifespan has no `finally`: told of an error, it shuts nothing
                    # down, and its refresh task goes on asking vendors while later checks run.
                    await stack.lifespan.__aexit__(None, None, None)
                await _shut_stores(facts)
    except (TimeoutError, HangError) as error:
        raise HangError("the shutdown", SHUTDOWN_LIMIT_S) from error


async def _shut_stores(facts: Facts) -> None:
    # After a failed boot nothing else does, and sqlite worker threads keep the process alive.
    for module, name, instances in STORES:
        found = sys.modules.get(f"{facts.module}.{module}")
        shut = getattr(found, name, None)
        if shut is not None:
            await shut()
            continue
        for store in getattr(found, instances, {}).values():  # the first releases close none
            await _shut_store(store)


async def _shut_store(store: Any) -> None:
    if hasattr(store, "shutdown"):
        await store.shutdown()
    elif hasattr(store, "async_session"):
        await store.async_session.kw["bind"].dispose()
    else:
        raise CouldNotObserveError(f"a store of type {type(store).__name__} cannot be closed")


class _Recorder(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_text:
            text += f"\n{record.exc_text}"
        self.lines.append(text)


@cache
def _plain_tracebacks() -> None:
    """Have every log record carry its traceback as text, from now on.

    From 0.7.0 on a boot installs handlers for all that is logged, which draw a traceback frame by
    frame, in colours: one drawing takes 5 to 20 s.
    """
    make = logging.getLogRecordFactory()

    def made(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info))
            record.exc_info = None
        return record

    logging.setLogRecordFactory(made)


@contextmanager
def _captured(facts: Facts, lines: list[str]) -> Iterator[None]:
    """Collect what the stack logs, instead of letting it print through its own handlers."""
    _plain_tracebacks()
    logger = logging.getLogger(facts.module)
    handler, propagate = _Recorder(lines), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate

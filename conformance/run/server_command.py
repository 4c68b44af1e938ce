"""Runs the stack's own command as far as the server that it would start."""

from __future__ import annotations

import io
import sys
import tempfile
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.core.model import CouldNotObserveError
from conformance.stack.entry import entry
from conformance.stack.sandbox import process_home, surroundings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from conformance.core.releases import Facts, Release
    from conformance.run.boots import Boots
    from conformance.run.session import Session


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server would listen, as uvicorn is told; or why there would be none."""

    host: Any = None
    port: int | None = None
    tls: bool = False
    refusal: str = ""


@pytest.fixture
def command(
    conformance_session: Session, facts: Facts, boots: Boots
) -> Callable[[Mapping[str, Any]], Awaitable[Listening]]:
    """Give a way to run `llama stack run FILE` (`ogx stack run FILE`) with a config.

    `await command(config)` raises `CouldNotObserveError` if the command neither starts a server
    nor says why it does not, or if not even an empty gateway boots.
    """
    release = conformance_session.release
    assert release is not None  # noqa: S101 - conformance_session has seen to it

    async def run(config: Mapping[str, Any]) -> Listening:
        await boots.control()
        home = conformance_session.directory("home")
        file = home.parent / "run.yaml"
        file.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
        return _run(release, facts, file, home)

    return run


def _run(release: Release, facts: Facts, file: Path, home: Path) -> Listening:
    found = entry(release, facts)
    name = found.name
    with surroundings(process_home(), process_home()):  # an import fixes default directories
        main = found.load()
    started: list[dict[str, Any]] = []
    said = io.StringIO()
    refusal = ""
    with ExitStack() as block:
        block.enter_context(surroundings(home, home))
        block.enter_context(redirect_stderr(said))
        block.enter_context(_replaced(sys, "argv", [name, "stack", "run", str(file)]))
        block.enter_context(_replaced(tempfile, "tempdir", str(home.parent)))
        block.enter_context(_no_server(started))
        try:
            main()
        except SystemExit as error:
            refusal = said.getvalue() if isinstance(error.code, int) else str(error.code or "")
        except Exception as error:  # noqa: BLE001 - any refusal is an answer
            refusal = f"{type(error).__name__}: {error}"
    if started:
        told = started[0]
        return Listening(told.get("host"), told.get("port"), bool(told.get("ssl_certfile")))
    if not refusal:
        raise CouldNotObserveError(f"`{name} stack run` ended without a server and without a word")
    return Listening(refusal=refusal.strip())


@contextmanager
def _replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, before)


@contextmanager
def _no_server(started: list[dict[str, Any]]) -> Iterator[None]:
    """Let uvicorn note what it is asked for, instead of listening until it is interrupted."""
    import uvicorn  # noqa: PLC0415 - a dependency of the stack, not of the suite

    with _replaced(uvicorn, "run", lambda *_, **options: started.append(options)):
        yield

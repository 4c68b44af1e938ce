"""Runs a stack's config as a real server, after making sure that it can start."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from conformance.core import releases
from conformance.core.model import CouldNotObserveError
from conformance.stack import configs

HOST = "127.0.0.1"
DEFAULT_PORT = 8321


class ServerError(Exception):
    """The server cannot start; the message says why and what to do, in one line."""


def run(file: Path, port: int | None = None, host: str = HOST) -> None:
    """Serve a config until interrupted. Raises `ServerError` before anything is started.

    `port` replaces the config's own. The stack is served by uvicorn, as its own command does.
    """
    try:
        config = configs.read(file)
        facts = releases.facts(releases.installed())
    except (configs.ConfigError, CouldNotObserveError) as error:
        raise ServerError(str(error)) from error
    port = port or _port(file, config)
    _require_free(host, port)
    _require_writable_home()
    os.environ[facts.config_variable] = str(file.resolve())
    import uvicorn  # noqa: PLC0415 - a dependency of the stack, not of the suite

    app = f"{facts.module}.core.server.server:create_app"
    try:
        uvicorn.run(app, factory=True, host=host, port=port)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ServerError(
            f"{file}: refused by the stack: {type(error).__name__}: {reason}"
        ) from error


def _port(file: Path, config: configs.Config) -> int:
    server = config.get("server") or {}
    port = server.get("port", DEFAULT_PORT) if isinstance(server, dict) else None
    if not isinstance(port, int):
        raise ServerError(f"{file}: `server.port` is not a number; write `port: {DEFAULT_PORT}`")
    return port


def _require_free(host: str, port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ServerError(
            f"port {port} cannot be opened ({error.strerror}); stop what uses it or give --port"
        ) from error


def _require_writable_home() -> None:
    home = Path(os.environ.get("HOME") or "/nonexistent")
    nearest = next(path for path in [home / ".llama", *(home / ".llama").parents] if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return
    except OSError as error:
        raise ServerError(
            f"{home} cannot be written to ({error.strerror}), and run.yaml keeps its stores there; "
            "set HOME to a directory of yours"
        ) from error

"""Removes entries from the registry of a stack that does not run, with a backup beside the file."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.diagnose.registry.contents import RegistryError
from conformance.diagnose.repair import writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEFAULT_PORT = 8321


def forget(file: Path, keys: Sequence[str], config: Mapping[str, Any]) -> Path:
    """Remove keys from a SQLite registry; return the backup.

    Raises `RegistryError` while a process has the file open, a server answers on the config's port,
    or the file is locked: nothing is removed then.
    """
    _refuse_if_in_use(file, config)
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            backup = writing.back_up(file)
            db.executemany("DELETE FROM kvstore WHERE key = ?", [(key,) for key in keys])
            db.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise RegistryError(f"{file}: {error}") from error
    return backup


def _refuse_if_in_use(file: Path, config: Mapping[str, Any]) -> None:
    user = next(iter(_users(file)), None)
    if user is not None:
        raise RegistryError(f"{file} is open in process {user}; stop the server first")
    leftover = [each for each in _beside(file)[1:] if each.exists()]
    if leftover:
        raise RegistryError(f"{leftover[0]} holds changes of a server; start and stop it first")
    server = config.get("server")
    port = server.get("port") if isinstance(server, dict) else None
    port = port if isinstance(port, int) else DEFAULT_PORT
    if _answers(port):
        raise RegistryError(f"a server answers on port {port} of this machine; stop it first")


def _beside(file: Path) -> list[Path]:
    return [file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-journal"))]


def _users(file: Path) -> Iterable[int]:
    """Yield the processes that have the file open, where the system tells (Linux)."""
    wanted = {str(each.resolve()) for each in _beside(file)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for handle in (process / "fd").iterdir():
                with suppress(OSError):
                    if str(handle.readlink()) in wanted and int(process.name) != os.getpid():
                        yield int(process.name)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False

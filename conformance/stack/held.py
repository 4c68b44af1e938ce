"""Reads from /proc what a process holds: memory and open files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from conformance.core.model import CouldNotObserveError

PROC = Path("/proc")


class Held(NamedTuple):
    """What a process holds: memory in KiB, of what is in use and not swapped out, and files."""

    memory: int
    files: int


def held(pid: int) -> Held:
    """Return what a process holds now.

    Raises `CouldNotObserveError` if it has ended, or the system has no /proc.
    """
    try:
        lines = (PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines()
        files = len(list((PROC / str(pid) / "fd").iterdir()))
    except OSError as error:
        raise CouldNotObserveError(f"what the server holds cannot be read: {error}") from error
    sizes = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    if not sizes:
        raise CouldNotObserveError("the server has ended")
    return Held(sizes[0], files)

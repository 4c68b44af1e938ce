"""Finds the processes that a process has started, and how they are, in /proc."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROC = Path("/proc")
GONE = ("", "Z")  # is no process any more, or has ended and nobody has asked how
SAMPLE_S = 0.02
WORKER = b"--multiprocessing-fork"  # what multiprocessing adds to the command line of a process


def of(pid: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    found = []
    for task in (PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *of(child)]
    return found


def workers(pid: int) -> set[int]:
    """Return those of them that `multiprocessing` has started to do its work."""
    found = set()
    for each in of(pid):
        with suppress(OSError):  # ended since it was listed
            if WORKER in (PROC / str(each) / "cmdline").read_bytes().split(b"\0"):
                found.add(each)
    return found


def state(place: Path) -> str:
    """Return the state of the process or thread that has this directory; "" if it has ended."""
    try:
        return (place / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def awaited(pids: Iterable[int], limit_s: float) -> None:
    """Wait until processes that were killed are gone, for so many seconds at most."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until and any(state(PROC / str(pid)) not in GONE for pid in pids):
        time.sleep(SAMPLE_S)

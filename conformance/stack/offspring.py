"""Finds the processes that a process has started, in /proc."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
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

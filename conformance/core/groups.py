"""Ends a process with all that it started, if it leads a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess

GRACE_S = 5.0  # a process that received SIGTERM has this long until it is killed


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell the group of a process to end, and kill what has not ended in time."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE_S)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue

"""Runs the suite as a user does, in a process of its own, in whatever surroundings a test makes."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.harness import places, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
LIMIT_S = 300
# The plug-in would look five times through all that was imported, for warnings that are ignored.
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:unraisableexception")

PR_CAPBSET_DROP = 24  # linux/prctl.h
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2  # linux/capability.h


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left: exit status, what it printed, and its JSON report if it wrote one."""

    status: int
    output: str
    report: dict[str, Any] | None

    @property
    def outcomes(self) -> dict[str, str]:
        """Observed outcome and verdict by check id."""
        rows = (self.report or {"checks": []})["checks"]
        return {row["id"]: f"{row['verdict']}: {row['observed']}" for row in rows}

    def verdicts(self) -> set[str]:
        """The verdicts that occurred."""
        return {text.partition(":")[0] for text in self.outcomes.values()}


def pytest_run(
    directory: Path,
    *arguments: str,
    cwd: Path = ROOT,
    environment: Mapping[str, str | None] | None = None,
    prefix: tuple[str, ...] = (),
    before: Callable[[], None] | None = None,
) -> Run:
    """Run pytest with the arguments; a variable given as None is unset.

    `directory` receives the report. Raises `subprocess.TimeoutExpired` after `LIMIT_S` seconds.
    """
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(  # noqa: S603 - our own command
        [*prefix, *PYTEST, f"--conformance-json={report}", *arguments],
        cwd=cwd,
        env={name: value for name, value in variables.items() if value is not None},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
        preexec_fn=before,
    )
    found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return Run(done.returncode, done.stdout, found)


def here(directory: Path, *arguments: str) -> Run:
    """Run the checks in this process, which imports the stack only once."""
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    status, output = session(f"--conformance-json={report}", *arguments, *places(arguments))
    found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return Run(status, output, found)


def checkout(target: Path) -> Path:
    """Copy what a checkout holds, without environments and caches, to a new directory."""
    # What is compiled goes along: it is as good beside the copies, which keep their times.
    leave = shutil.ignore_patterns(".git", ".venv", ".cache", ".*_cache", "reports")
    shutil.copytree(ROOT, target, ignore=leave)
    return target


def without_write_rights() -> None:
    """Give up what lets root write where the mode forbids it; others never could."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "cannot drop a capability")


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Return size and content of every file below a directory, by its relative path."""
    return {
        str(file.relative_to(directory)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in sorted(directory.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def loopback_only() -> None:
    """Leave this process (root's, and its children) with no network but loopback."""
    os.unshare(os.CLONE_NEWNET)
    with socket.socket() as probe:
        import fcntl  # noqa: PLC0415 - only here

        siocsifflags, iff_up = 0x8914, 1
        fcntl.ioctl(probe, siocsifflags, struct.pack("16sh", b"lo", iff_up))

"""Copies this suite for other environments, under its digest, so that nobody edits it meanwhile."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import PACKAGE, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS = "pyproject.toml"
KEPT_S = 24 * 3600.0  # a copy may be in use for hours
BESIDE = ("run.yaml", "cassettes")
MUTATIONS = "mutations.py"  # no run reads them

# The rooms that decide what a check observes. What is expected has no say in it: a finished run is
# judged again.
DECIDING = ("core", "contract", "vendors", "stack", "cassettes", "run", "gotchas", "promises")


def checkout() -> Path | None:
    """Return the checkout this package runs from, or None if it is installed."""
    root = PACKAGE.parent
    return root if (root / SETTINGS).exists() else None


def cache_directory() -> Path:
    """Return where environments and results are kept: `.cache` of a checkout, else the user's."""
    root = checkout()
    if root is not None:
        return root / ".cache"
    user = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(user) / "llama-stack-conformance"


@cache
def digest() -> str:
    """Return a digest of every file that decides what a run observes."""
    root = source()
    rooms = [root / PACKAGE.name / room for room in DECIDING]
    code = (file for room in rooms for file in _files(room) if file.suffix == ".py")
    data = (root / name for name in BESIDE if (root / name).exists())
    return _digest([*code, *(file for part in data for file in _files(part))])


def _files(part: Path) -> list[Path]:
    suffixes = {".py", ".toml", ".yaml"}
    inside = [part] if part.is_file() else part.rglob("*")
    return sorted(f for f in inside if f.suffix in suffixes and f.name != MUTATIONS)


def _digest(files: Iterable[Path]) -> str:
    made = hashlib.sha256()
    for file in files:
        made.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return made.hexdigest()[:16]


@cache
def source() -> Path:
    """Return a directory to put on PYTHONPATH that holds a copy of the suite as it is now.

    A copy, because a run takes minutes and the files may be edited meanwhile, and because an
    installed suite stands among packages of another environment, which must not be seen.
    """
    parts = (PACKAGE, shipped("cassettes"), shipped("run.yaml"))
    files = [file for part in parts for file in _files(part)]
    target = cache_directory() / "suite" / _digest(files)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    _forget_old(target.parent)
    made = Path(tempfile.mkdtemp(dir=target.parent))
    unneeded = shutil.ignore_patterns("__pycache__", MUTATIONS)
    shutil.copytree(PACKAGE, made / PACKAGE.name, ignore=unneeded)
    for name in BESIDE:
        if not (PACKAGE / "shipped" / name).exists():
            _copied(shipped(name), made / name)
    settings = PACKAGE.parent / SETTINGS
    if checkout() is not None:
        shutil.copy(settings, made / SETTINGS)
    try:
        return made.rename(target)
    except OSError:  # another run has made the same meanwhile
        shutil.rmtree(made)
        return target


def _forget_old(copies: Path) -> None:
    for old in copies.iterdir():
        with suppress(FileNotFoundError):  # another run renames or removes it meanwhile
            if time.time() - old.stat().st_mtime > KEPT_S:
                shutil.rmtree(old, ignore_errors=True)


def _copied(what: Path, target: Path) -> None:
    if what.is_dir():
        shutil.copytree(what, target)
    else:
        shutil.copy(what, target)


def variables() -> dict[str, str]:
    """Return the environment variables of a process that runs this suite in another environment.

    Compiled files are kept there whatever the user's setting: without them an import takes 10 s.
    """
    return {
        **os.environ,
        "PYTHONPATH": str(source()),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def command(python: str, *arguments: str) -> list[str]:
    """Return the command that runs the checks under an environment's interpreter."""
    settings = source() / SETTINGS
    return [
        *(python, "-m", "pytest", "-p", "pytest_asyncio.plugin", "-p", "conformance.run.plugin"),
        *("-c", str(settings) if settings.exists() else os.devnull, "--rootdir", str(source())),
        *(str(source() / PACKAGE.name), "-m", "conformance or process", "--quiet", *arguments),
    ]

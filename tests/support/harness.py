"""Runs checks in an inner pytest session of this process, and reads their findings."""

from __future__ import annotations

import gc
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.core import releases
from conformance.stack.booting import load
from conformance.stack.sandbox import process_home, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
CHOSEN = "--conformance-check="
WITHOUT = ("cacheprovider", "hypothesispytest", "unraisableexception")


def session(*arguments: str, plugins: tuple[object, ...] = ()) -> tuple[int, str]:
    """Run pytest in this process, which imports the stack only once; return status and output."""
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-o", "addopts=")
    without = [word for name in WITHOUT for word in ("-p", f"no:{name}")]
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(printed):
        status = pytest.main([*settings, *without, *arguments], plugins=list(plugins))
    _settle()
    return int(status), printed.getvalue()


def run_checks(
    report: Path, *ids: str, options: tuple[str, ...] = (), plugins: tuple[object, ...] = ()
) -> dict[str, dict[str, Any]]:
    """Run the checks with these ids (or like these patterns); return the report's rows by id."""
    chosen = [f"{CHOSEN}{check}" for check in ids]
    words = "-p", "no:terminal", f"--conformance-json={report}", *chosen, *options, *places(chosen)
    session(*words, plugins=plugins)
    return {row["id"]: row for row in json.loads(report.read_text(encoding="utf-8"))["checks"]}


@cache
def _settle() -> None:
    """Once, after an inner session: spare all later ones a look through the imported stack."""
    gc.freeze()


def places(words: Iterable[str]) -> list[str]:
    """Return where the checks lie that the words of a command choose: their folders, or all."""
    chosen = [word.removeprefix(CHOSEN) for word in words if word.startswith(CHOSEN)]
    found = {str(folder) for check in chosen for folder in _folders(check)}
    return sorted(found) or [str(ROOT / "conformance")]


def _folders(check: str) -> Iterator[Path]:
    """Yield the folder of a check, or all that a pattern is like."""
    slug = check.partition("/")[0].replace("-", "_")
    yield from (ROOT / "conformance").glob(f"*/{slug}")


def stack_object(path: str) -> Any:
    """Import an object of the installed stack, in the surroundings checks import it in."""
    with surroundings(process_home(), process_home()):
        return load(releases.facts(releases.installed()), path)

"""Writes repaired files, each with a backup beside it, and shows what a repair changes."""

from __future__ import annotations

import codecs
import difflib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import fields
from conformance.diagnose.files import forms, sources
from conformance.diagnose.output import showing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.diagnose.repair.repairs import Repair


def write(repair: Repair) -> Path:
    """Write a repaired file in one step; return the backup. Raises `OSError`."""
    file = Path(repair.file).resolve()  # a link stays a link
    marked = file.read_bytes().startswith(codecs.BOM_UTF8)
    backup = back_up(file)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write((codecs.BOM_UTF8 if marked else b"") + repair.after.encode())
        shutil.copystat(file, name)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return backup


def back_up(file: Path) -> Path:
    """Copy a file to the first free name beside it: `x.bak`, `x.bak.1` …; return the copy."""
    number = 0
    while True:
        backup = file.with_name(f"{file.name}.bak{f'.{number}' if number else ''}")
        try:
            with backup.open("xb"):
                pass
        except FileExistsError:
            number += 1
            continue
        shutil.copy2(file, backup)
        return backup


def difference(repair: Repair) -> str:
    """Return a unified diff of a repair, secrets replaced: to be read, not to be applied."""
    before = _shown(repair.file, repair.before)
    after = _shown(repair.file, repair.after)
    name = repair.file
    return "\n".join(difflib.unified_diff(before, after, name, f"{name} (repaired)", lineterm=""))


def _shown(file: str, text: str) -> list[str]:
    """Return the lines of a file with the secrets of all its documents and configs replaced."""
    lines = [line.rstrip("\r\n") for line in sources.lines_of(text)]
    for document in sources.source(file, text.encode()).documents:
        mask = showing.Mask(document.lines, document.composed.root)
        _lay(lines, document.first, mask.all())
        for config in forms.configs(document, named=True):
            if config.exact and config.column:
                inner = showing.Mask(config.lines, config.root).all()
                blanks = " " * config.column
                _lay(lines, config.line, (blanks + line if line else "" for line in inner))
    return [fields.concealed(line) for line in lines]


def _lay(lines: list[str], first: int, shown: Iterable[str]) -> None:
    for number, line in enumerate(shown, first):
        lines[number] = line

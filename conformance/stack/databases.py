"""Copies SQLite's files and damages them, as disks, rights, copies and other versions do.

No privilege is needed, and root gets the same errors. The format: https://sqlite.org/fileformat2.html
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGE = 512
_WRITE_VERSION_AT, _PAGE_COUNT_AT = 18, 28


def copied(file: Path, to: Path) -> None:
    """Copy a database of a stack that runs, with all that is still in its journal."""
    with (
        contextlib.closing(sqlite3.connect(file)) as one,
        contextlib.closing(sqlite3.connect(to)) as other,
    ):
        one.backup(other)


@contextlib.contextmanager
def _database(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a database of no stack that runs; each statement is written at once."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
        yield opened


def half(file: Path) -> None:
    """Cut a database in half, as a copy that was broken off."""
    os.truncate(file, file.stat().st_size // 2)


def overwritten(file: Path) -> None:
    """Overwrite all of a database behind its first page."""
    content = file.read_bytes()
    page = int.from_bytes(content[16:18])
    file.write_bytes(content[:page] + b"no page " * (len(content) // 8))


def read_only(file: Path) -> None:
    """Make a database read-only, for root as well: SQLite reads a newer format and writes none.

    What it answers is the same as to a file without the right to write.
    """
    with file.open("r+b") as opened:
        opened.seek(_WRITE_VERSION_AT)
        opened.write(b"\x03")


def full(file: Path) -> None:
    """Let a database have all the pages that SQLite can count, in a file with a hole.

    A new page is refused as on a disk that has filled up since the start; what fits into a page is
    written. On one that is full at the start there is no room for a journal either.
    """
    with _database(file) as opened:
        opened.execute(f"PRAGMA page_size={_PAGE}")
        opened.execute("VACUUM")
        (pages,) = opened.execute("PRAGMA max_page_count").fetchone()
    os.truncate(file, _PAGE * pages)
    with file.open("r+b") as opened:
        opened.seek(_PAGE_COUNT_AT)
        opened.write(pages.to_bytes(4))


def with_other_columns(file: Path) -> None:
    """Give every table of a database one column, whose name the stack does not know."""
    with _database(file) as opened:
        names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            opened.execute(f'DROP TABLE "{name}"')
            opened.execute(f'CREATE TABLE "{name}" (unknown TEXT)')

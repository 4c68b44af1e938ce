"""Prints the lines of reports: whole into files and pipes, wrapped on a terminal."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

NARROWEST = 40
HEAD = re.compile(r"\s*(?:[-→] )?")  # of a line: its indent and the mark of a list


def echo(lines: Iterable[str]) -> None:
    """Print lines; what passes the width of a terminal goes on below, further to the right."""
    width = max(shutil.get_terminal_size().columns, NARROWEST) if sys.stdout.isatty() else None
    for line in lines:
        click.echo(line if width is None else wrapped(line, width))


def wrapped(line: str, width: int) -> str:
    """Return a line in pieces of at most `width` columns; a word or a table's row stays whole."""
    head = HEAD.match(line)
    if len(line) <= width or line.startswith("|") or head is None:
        return line
    below = " " * (head.end() + (0 if head.group().strip() else 4))
    return textwrap.fill(
        line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False
    )

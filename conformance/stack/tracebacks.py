"""Reads from what a server has written how its tracebacks are drawn, which costs it seconds."""

from __future__ import annotations

from typing import NamedTuple

import click

# How `rich` heads what it draws; a traceback as Python writes it has no frame.
TRACEBACK, LOCALS = "─ Traceback (most recent call last) ─", "─ locals ─"
OUTCOMES = {
    "with_locals": "a framed traceback with the local variables of each call is drawn",
    "drawn": "a framed traceback without local variables is drawn",
    "plain": "at most a traceback as Python itself writes it",
}


class Tracebacks(NamedTuple):
    """Counts in a text: lines, framed tracebacks, and lists of the local variables of one call."""

    lines: int
    framed: int
    variables: int

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`, with a hyphen."""
        return "with-locals" if self.variables else "drawn" if self.framed else "plain"

    def __str__(self) -> str:
        """Return the counts as evidence."""
        variables = f", {self.variables} times local variables" if self.variables else ""
        return f"{self.lines} lines, {self.framed} framed tracebacks{variables}"


def tracebacks(written: str) -> Tracebacks:
    """Return what a console and a log file hold of tracebacks, with or without colours."""
    text = click.unstyle(written)
    return Tracebacks(len(text.splitlines()), text.count(TRACEBACK), text.count(LOCALS))

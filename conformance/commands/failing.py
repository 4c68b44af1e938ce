"""Ends a command with one line on standard error, and the exit status that says why."""

from __future__ import annotations

import sys
from typing import Final, Never

import click

FAILED: Final = 1  # something differs or failed
WRONG: Final = 2  # wrong usage
INTERRUPTED: Final = 130


def fail(message: str, status: int = FAILED) -> Never:
    """End the command."""
    click.echo(f"error: {message}", err=True)
    sys.exit(status)

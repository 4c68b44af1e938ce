"""What the commands print fits a terminal, stays whole in a pipe, and guesses a mistyped name."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.commands import terminal
from conformance.commands.main import main
from conformance.run import selection

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "its start-up asks for the version of a distribution which it is not"


def test_a_line_goes_on_below_its_own_beginning() -> None:
    """The mark of a list and the indent of a line hold the rest of it; else four columns do."""
    words = "one two three four five six"
    assert terminal.wrapped(f"- {words}", 16) == "- one two three\n  four five six"
    assert terminal.wrapped(f"  → {words}", 18) == "  → one two three\n    four five six"
    assert terminal.wrapped(words, 15) == "one two three\n    four five\n    six"
    assert terminal.wrapped(f"  {words}", 17) == "  one two three\n      four five\n      six"


def test_what_has_no_blank_stays_whole() -> None:
    """Addresses and commands can be copied; a row of a table is none without its end."""
    address = "http://127.0.0.1:8321/v1/providers"
    assert terminal.wrapped(f"see {address}", 20) == f"see\n    {address}"
    row = f"| {LONG} | {LONG} |"
    assert terminal.wrapped(row, 20) == row


@pytest.mark.parametrize("columns", [60, 80])
def test_releases_fit_a_terminal(columns: int) -> None:
    """On a terminal of that width no line passes it, and nothing is lost."""
    piped = _printed("releases")
    assert max(map(len, piped.splitlines())) > columns
    shown = _on_terminal("releases", columns)
    assert max(map(len, shown.splitlines())) <= columns
    assert shown.split() == piped.split()


@pytest.mark.parametrize(
    ("typed", "meant"), [("diagnoze", "diagnose"), ("Explain", "explain"), ("realeses", "releases")]
)
def test_a_mistyped_command_is_guessed(typed: str, meant: str) -> None:
    """One line names the command that is most like it."""
    done = CliRunner().invoke(main, [typed])
    assert done.exit_code == 2
    assert done.output.splitlines()[-1].endswith(f"'{typed}'. Did you mean '{meant}'?")


def test_an_unlike_command_is_not_guessed() -> None:
    """A name like none gets no guess."""
    done = CliRunner().invoke(main, ["xyz"])
    assert (done.exit_code, "Did you mean" in done.output) == (2, False)


@pytest.mark.parametrize("typed", ["Tilde-Path", "tilde_path", "TILDEPATH"])
def test_names_are_guessed_whatever_their_case(typed: str) -> None:
    """Capitals and underscores do not hide what was meant."""
    assert selection.nearest(typed, ["stale-calls", "tilde-path"]) == "did you mean `tilde-path`?"


def _printed(*arguments: str) -> str:
    command = [sys.executable, "-m", "conformance", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout


def _on_terminal(name: str, columns: int) -> str:
    """Return what a command prints on a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    surroundings = {key: text for key, text in os.environ.items() if key != "COLUMNS"}
    command = [sys.executable, "-m", "conformance", name]
    with subprocess.Popen(command, stdout=theirs, stdin=theirs, env=surroundings) as process:  # noqa: S603 - ours
        os.close(theirs)
        pieces = list(_pieces(ours))
    os.close(ours)
    assert process.returncode == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


def _pieces(ours: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux's end of a terminal whose program has ended
            return
        if not piece:
            return
        yield piece

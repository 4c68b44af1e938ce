"""What a refused start says, in the words of the catalogue: which gotcha it is, or whose fault."""

from __future__ import annotations

import re
from typing import NamedTuple

# Part of a release's message, and the gotcha that it shows. The first that fits is named.
SHOWN_BY = (
    (r"API '[\w-]+' does not exist|is not a valid Api|Unknown API", "telemetry-removed"),
    (r"already exists", "duplicate-models"),
    (r"is not available(?! for API)", "remote-openai-startup"),
    (r"unable to open database file", "sql-store-needs-its-directory"),
    (r"Environment variable '[\w]+' not set", "env-variables"),
    (r"embedding_dimension", "embedding-models"),
)
# Part of a message that says what this machine lacks, and the remedy: no fault of a config.
LACKED = (
    (r"No module named '(?P<what>[\w.]+)'", "a provider needs the package `{what}`: install it"),
    (
        r"connection to (?P<what>\S+) refused: replay is offline",
        "the start asks {what}, and a run reaches nothing beyond this machine",
    ),
    (
        r"(?:Connection refused|Could not connect to|Cannot connect|connect call failed)(?P<what>)",
        "the start asks a server that is not there; checks boot without databases and the like",
    ),
    (
        r"External providers directory not found(?P<what>)",
        "its directory of external providers is not here, or not by its whole path",
    ),
    (
        r"(?:certificate|Certificate/key) file does not exist(?P<what>)",
        "a certificate or a key that it names is not on this machine, or not by its whole path",
    ),
)


PACKAGE = re.compile(LACKED[0][0])


def package(message: str) -> str:
    """Return the package that cannot be imported, as a message says; "" if it says no such."""
    found = PACKAGE.search(message)
    return found["what"].partition(".")[0] if found else ""


class Refusal(NamedTuple):
    """Why a config does not boot: the gotcha it shows, or what this machine lacks; either is ""."""

    gotcha: str = ""
    lacked: str = ""


def read(message: str) -> Refusal:
    """Return what a release's message says."""
    for pattern, remedy in LACKED:
        if found := re.search(pattern, message):
            return Refusal(lacked=remedy.format(what=found["what"]))
    gotchas = (slug for pattern, slug in SHOWN_BY if re.search(pattern, message))
    return Refusal(gotcha=next(gotchas, ""))

"""Finds the command that a release installs, `llama` or `ogx`, and the variables it reads."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from conformance.core.model import CouldNotObserveError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from conformance.core.releases import Facts, Release

# Settings of a server that draws no traceback, which would keep all callers waiting: see
# `errors-freeze` and `lost-chats`.
QUIET = {"LOGGING": "all=critical", "LOG_FORMAT": "json", "LOG_FILE": ""}


def entry(release: Release, facts: Facts) -> EntryPoint:
    """Return the entry point of the release's own command.

    Raises `CouldNotObserveError` if the installed distribution has none.
    """
    for found in metadata.distribution(release.distribution).entry_points:
        function = found.value.partition(":")[2]
        if found.group == "console_scripts" and found.name in facts.module and function == "main":
            return found
    raise CouldNotObserveError(f"{release} installs no command of its own")


def variable(facts: Facts, setting: str) -> str:
    """Return the environment variable of a server's setting: `LLAMA_STACK_LOG_FILE`, `OGX_…`."""
    return facts.prefix + setting

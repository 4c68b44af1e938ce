"""Implements `--registry` and `--forget-stale`: findings about the registry of a config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core import fields
from conformance.diagnose.registry import comparison, contents, forgetting
from conformance.judge.finding import Effect, Finding, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from conformance.diagnose.registry.comparison import Trouble


def findings(
    named: str, config: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[list[Finding], list[Trouble] | None]:
    """Return what is wrong with the registry of a config, as findings and entry by entry.

    The entries are None if the registry could not be read.
    """
    try:
        store = contents.located(named, config, environ)
        found = comparison.troubles(config, contents.entries(store), environ)
    except contents.RegistryError as error:
        return [_unread(fields.concealed(str(error)))], None
    return [each.finding for each in found], found


def _unread(what: str) -> Finding:
    return Finding(
        id="registry-not-read",
        level=Level.NOTE,
        effect=Effect.NOT_CHECKED,
        path=("storage",),
        what=what,
    )


def forget(
    named: str,
    config: Mapping[str, Any],
    environ: Mapping[str, str],
    troubles: list[Trouble] | None,
    say: Callable[[str], Any],
) -> None:
    """Remove the entries that can be forgotten, and say so.

    Raises `RegistryError`, also for a registry that could not be read.
    """
    if troubles is None:
        raise contents.RegistryError("the registry could not be read")
    stale = [each.entry for each in troubles if each.forgettable]
    for each in troubles:
        if not each.forgettable:
            say(f"kept: {each.entry.type} {each.entry.identifier} (made by callers, with data)")
    if not stale:
        say("nothing stale in the registry")
        return
    file = contents.located(named, config, environ).file
    if file is None:
        raise contents.RegistryError("only a SQLite registry is changed; nothing was removed")
    backup = forgetting.forget(file, [entry.key for entry in stale], config)
    for entry in stale:
        say(f"removed: {entry.type} {entry.identifier}")
    say(f"{file}: {len(stale)} removed; backup: {backup}")

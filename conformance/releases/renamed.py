"""Says what the stack calls otherwise in another release: distribution, module, header, variables.

The config's key for its name is not here: whatever a release calls it, it takes the older name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.core import releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release

# What a caller meets who goes on sending the older header.
OLD_HEADER = "provider-data-form/older-header"


class Renamed(NamedTuple):
    """A name that is another one, what to do about it, and what needs the older name.

    That is a command, or a check that sends the name; both are "" for a name that is passed over.
    """

    what: str
    cure: str = ""
    command: str = ""
    check: str = ""


def changes(old: Release, new: Release) -> Iterator[Renamed]:
    """Yield each name that is another one."""
    before, after = releases.facts(old), releases.facts(new)
    if old.distribution != new.distribution:
        yield Renamed(
            f"the distribution `{old.distribution}` is now `{new.distribution}`",
            f"require `{new.distribution}=={new.version}`, and pin {_pins(new)} to the same",
            f"python -c \"from importlib.metadata import version; version('{old.distribution}')\"",
        )
    for what, was, now, command, check in (
        ("module", before.module, after.module, f"python -c 'import {before.module}'", ""),
        ("provider-data header", before.header, after.header, "", OLD_HEADER),
        ("server's command", before.command, after.command, f"{before.command} --help", ""),
    ):
        if was != now:
            yield Renamed(f"the {what} `{was}` is now `{now}`", f"write `{now}`", command, check)
    if before.prefix != after.prefix:
        yield from _variables(before, after)


def _variables(before: releases.Facts, after: releases.Facts) -> Iterator[Renamed]:
    for name in before.variables:
        was, now = before.prefix + name, after.prefix + name
        if name in after.variables:
            yield Renamed(f"the environment variable `{was}` is now `{now}`", f"write `{now}`")
        else:
            yield Renamed(f"the environment variable `{was}` is gone")


def _pins(release: Release) -> str:
    return ", ".join(f"`{name}`" for name in releases.facts(release).companions)

"""Says what the stack calls otherwise in another release: distribution, header, variables, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core import releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release

NAME_KEY = "config's key for its name"  # a config shows it, at its line


def changes(old: Release, new: Release) -> Iterator[tuple[str, str]]:
    """Yield each name that is another one, and what to do about it ("" if nothing can be done)."""
    before, after = releases.facts(old), releases.facts(new)
    if old.distribution != new.distribution:
        yield (
            f"the distribution `{old.distribution}` is now `{new.distribution}`",
            f"require `{new.distribution}=={new.version}`, and pin {_pins(new)} to the same",
        )
    for what, was, now in (
        ("module", before.module, after.module),
        ("provider-data header", before.header, after.header),
        ("server's command", before.command, after.command),
        (NAME_KEY, before.name_key, after.name_key),
    ):
        if was != now:
            yield f"the {what} `{was}` is now `{now}`", f"write `{now}`"
    if before.prefix != after.prefix:
        yield from _variables(before, after)


def _variables(before: releases.Facts, after: releases.Facts) -> Iterator[tuple[str, str]]:
    for name in before.variables:
        was, now = before.prefix + name, after.prefix + name
        if name in after.variables:
            yield f"the environment variable `{was}` is now `{now}`", f"write `{now}`"
        else:
            yield f"the environment variable `{was}` is gone", ""


def _pins(release: Release) -> str:
    return ", ".join(f"`{name}`" for name in releases.facts(release).companions)

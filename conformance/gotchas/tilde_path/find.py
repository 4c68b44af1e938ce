"""Finds a bare `~` where nothing expands it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge import storage
from conformance.judge.finding import Edit, Effect, Operation, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding, Path


FIELDS = {"directory", "storage_dir", "db_path"}


def find(case: Case) -> Iterator[Finding]:
    """Yield each path of a key-value store or a provider that begins with a bare `~`."""
    for place, path in [*storage.files(case, "kv"), *_of_providers(case)]:
        if path.startswith("~") and place not in case.substituted:
            whole = Edit(Operation.SET, place, value="${env.HOME}" + path[1:])
            yield shown(
                "literal-tilde",
                Effect.MEANS_SOMETHING_ELSE,
                place,
                "`~` is not expanded here: a directory named `~` is made below the working "
                "directory",
                "write the whole path, or `${env.HOME}` for `~`",
                gotcha="tilde-path",
                edits=(whole,) if path.startswith("~/") else (),
            )


def _of_providers(case: Case) -> Iterator[tuple[Path, str]]:
    for provider in case.providers:
        for name in sorted(FIELDS & provider.config.keys()):
            value = provider.config[name]
            if isinstance(value, str):
                yield (*provider.path, "config", name), value

"""Finds a config without `storage`, whose databases go where nobody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding


LITERAL = ">=0.4,<0.5.1"


def find(case: Case) -> Iterator[Finding]:
    """Yield that the release chooses the place of the databases."""
    field = case.schema.stack["fields"].get("storage")
    if "storage" in case.config or field is None or field.get("required"):
        return
    literal = case.schema.release.within(LITERAL)
    yield shown(
        "default-storage",
        Effect.MEANS_SOMETHING_ELSE,
        (),
        "without `storage`, "
        + (
            "the databases go into a directory literally named `${env.SQLITE_STORE_DIR:=`"
            if literal
            else "all stacks of this user share one registry in the home directory"
        ),
        "name backends of your own under `storage.backends`",
    )

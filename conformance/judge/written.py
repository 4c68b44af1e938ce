"""Finds variables that a config needs, and forms of them that no release knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.environment import Substitution
    from conformance.judge.finding import Path

LEFT = re.compile(r"\$\{[^}]*\}?|\$[A-Z_][A-Z0-9_]*")
OLD = re.compile(r"\$\{env\.([A-Za-z0-9_]+):([^=+}][^}]*)?\}")
NO_COLON = re.compile(r"\$\{env\.([A-Za-z0-9_]+)([=+][^}]*)\}")
SHELL = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}?")
BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}")
LOWER = re.compile(r"\$\{env\.[A-Za-z0-9_]*[a-z][A-Za-z0-9_]*")


def findings(case: Case, substitution: Substitution) -> Iterator[Finding]:
    """Yield the variables that a config needs, and the forms that stay plain text."""
    known = substitution.environ is not None and not substitution.open_ended
    for order, (name, places) in enumerate(substitution.needed.items()):
        yield Finding(
            id="unset-variable" if known else "needed-variable",
            level=Level.ERROR if known else Level.NOTE,
            effect=Effect.REFUSED if known else Effect.NOT_CHECKED,
            path=places[0],
            also=tuple(places[1:]),
            what=f"`{name}` is not set, or empty"
            if known
            else f"the start needs the variable `{name}`",
            instead="set it for the start, or write a default after `:=`",
            stops=Stage.VARIABLES + order if known else None,
            gotcha="env-variables",
        )
    pattern = re.compile(substitution.schema.facts["environment"][0])
    for path, text in case.texts:
        if "$" in text and (left := LEFT.search(pattern.sub("", text))):
            yield _plain(path, text, left.group(), pattern)


def cure(text: object, substitution: str) -> str:
    """Return what to write for a value that a variable was meant to give; "" if it is none.

    `substitution` is the release's own pattern of a variable.
    """
    left = LEFT.search(re.sub(substitution, "", text)) if isinstance(text, str) else None
    return _instead(str(text), left.group()) if left else ""


def _instead(text: str, left: str) -> str:
    old, shell = OLD.search(text), SHELL.fullmatch(left)
    if without := NO_COLON.search(text):
        return f"write `${{env.{without.group(1).upper()}:{without.group(2)}}}`"
    if old:
        return f"write `${{env.{old.group(1).upper()}:={old.group(2) or ''}}}`"
    if LOWER.match(left):
        return "names of variables are written in capitals"
    if shell:
        default = f":={shell.group(2)}" if shell.group(2) else ""
        return f"write `${{env.{shell.group(1).upper()}{default}}}`"
    return "the forms are `${env.NAME}`, `${env.NAME:=default}` and `${env.NAME:+value}`"


def _plain(path: Path, text: str, left: str, pattern: re.Pattern[str]) -> Finding:
    return Finding(
        id="variable-form",
        level=Level.WARNING,
        effect=Effect.MEANS_SOMETHING_ELSE,
        path=path,
        what=f"`{left}` is no form that the release knows; it stays as it is, as text",
        instead=_instead(text, left),
        gotcha="env-variables",
        edits=_edits(path, text, pattern),
    )


def _edits(path: Path, text: str, pattern: re.Pattern[str]) -> tuple[Edit, ...]:
    """Return the step that writes all forms as the release knows them, if they can be."""
    made = NO_COLON.sub(r"${env.\1:\2}", text)
    made = OLD.sub(lambda old: _form(old[1], old[2]), made)
    made = BRACED.sub(lambda shell: _form(shell[1], shell[2]), made)
    if made == text or LEFT.search(pattern.sub("", made)):
        return ()
    return (Edit(Operation.SET, path, value=made),)


def _form(name: str, default: str | None) -> str:
    return f"${{env.{name.upper()}{'' if default is None else f':={default}'}}}"

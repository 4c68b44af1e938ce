"""Tries cures before they are written, and says which of them cannot be made, and why."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.diagnose.repair import splicing
from conformance.diagnose.repair.edits import CannotApplyError, Data
from conformance.judge.finding import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.diagnose.asked import Asked
    from conformance.diagnose.files.forms import Config
    from conformance.judge.finding import Edit, Finding, Path

    Key = tuple[Any, ...]
    Objection = Callable[[Sequence[Finding], Sequence[Finding]], str]

_ANCHOR = re.compile(r"(?<!\S)&\w")


def key(finding: Finding) -> Key:
    """Return what tells a finding from all others of a config."""
    return finding.id, finding.path, finding.what


def sift(cures: Sequence[Finding], objection: Objection) -> tuple[list[Finding], dict[Key, str]]:
    """Return the cures that can be made together, and why each of the others cannot.

    `objection` is given what is taken already and what is to be added to it, and returns what
    speaks against that, if anything does.
    """
    taken: list[Finding] = []
    withheld = _withheld(cures, taken, objection)
    while withheld:
        before = len(withheld)
        waiting = [each for each in cures if key(each) in withheld]
        withheld = _withheld(waiting, taken, objection)  # one may need what another one does
        if len(withheld) == before:
            break
    return taken, withheld


def _withheld(
    cures: Sequence[Finding], taken: list[Finding], objection: Objection
) -> dict[Key, str]:
    """Take all cures at once, or halves of them; return those that cannot be made even alone."""
    why = objection(taken, cures) if cures else ""
    if not why:
        taken += cures
        return {}
    if len(cures) == 1:
        return {key(cures[0]): why}
    middle = len(cures) // 2
    return {
        **_withheld(cures[:middle], taken, objection),
        **_withheld(cures[middle:], taken, objection),
    }


def objecting(data: Any, asked: Asked) -> Objection:
    """Return the objections of a release to cures of a config.

    What was ignored stays where it is if the release, once it reads it, refuses it.
    """
    known = asked.refused(data)

    def objection(taken: Sequence[Finding], more: Sequence[Finding]) -> str:
        tree = Data(copy.deepcopy(data))
        try:
            tree.apply(edit for each in (*taken, *more) for edit in each.edits)
        except CannotApplyError as error:
            return str(error)
        tree.sweep()
        refused = asked.refused(tree.root) - known
        if not refused:
            return ""
        if len(more) > 1 or more[0].effect is Effect.IGNORED:
            return f"once it is read: {min(refused)}"
        known.update(refused)
        return ""

    return objection


def unwritable(text: str, prefix: Path) -> Objection:
    """Return the objections of a text to cures of the config at a place in it."""

    def objection(taken: Sequence[Finding], more: Sequence[Finding]) -> str:
        try:
            applied(text, prefix, [*taken, *more])
        except CannotApplyError as error:
            return str(error)
        return ""

    return objection


def applied(text: str, prefix: Path, cures: Iterable[Finding]) -> str:
    """Return a text with cures of the config at a place in it. Raises `CannotApplyError`."""
    edits = [_placed(edit, prefix) for each in cures for edit in each.edits]
    plain = text.replace("\r\n", "\n")  # line breaks of one kind are given back as they were
    if plain != text and plain.replace("\n", "\r\n") == text:
        return splicing.spliced(plain, edits).replace("\n", "\r\n")
    return splicing.spliced(text, edits)


def _placed(edit: Edit, prefix: Path) -> Edit:
    to = (*prefix, *edit.to) if edit.to else ()
    return replace(edit, path=(*prefix, *edit.path), to=to)


def judged(config: Config, asked: Asked, *, repaired: bool = False) -> list[Finding]:
    """Return the findings of a config, without the cures that a repair would not make, and why.

    Once it is repaired, it has none that would be made.
    """
    found = asked.findings(config.data)
    cures = [each for each in found if each.edits]
    if not cures:
        return found
    taken, withheld = sift(cures, objecting(config.data, asked))
    if _ANCHOR.search(config.text):  # else a text can be changed wherever its data can
        taken, _ = sift(taken, unwritable(config.text, config.prefix))
    made = {key(each) for each in taken} if config.exact and not repaired else set()
    return [
        each if key(each) in made else _without_cure(each, withheld.get(key(each), ""))
        for each in found
    ]


def _without_cure(finding: Finding, why: str) -> Finding:
    instead = f"{finding.instead}; but {why}" if finding.instead and why else finding.instead
    return replace(finding, edits=(), instead=instead)

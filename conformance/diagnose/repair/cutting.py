"""Takes entries out of the text of a config."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.diagnose.files.nodes import FLOW
from conformance.diagnose.repair.edits import CannotApplyError
from conformance.diagnose.repair.spans import Text

if TYPE_CHECKING:
    from conformance.diagnose.files.nodes import Node
    from conformance.diagnose.repair.spans import Entry
    from conformance.judge.finding import Path


def removed(text: str, path: Path, comment: str = "", *, keep: bool = True) -> str:
    """Return a text without an entry, whose place comments take: ours, and those that it held.

    The last entry of a block leaves an empty mapping or list. With `keep` false the comments in the
    entry and those that hang below it go with it. Raises `CannotApplyError` if an item of a list
    would be left without content.
    """
    here = Text(text)
    parent = here.node(path[:-1])
    if parent is None or here.node(path) is None:
        return text
    entry = here.entry(path)
    entries = here.entries(parent)
    place = entries.index(entry)
    if not keep and parent.style != FLOW:
        entry = entries[place] = replace(entry, end=here.reach(entry))
    following = entries[place + 1] if place + 1 < len(entries) else None
    before = entries[place - 1] if place else None
    start, end = _gone(here, parent, entry, before, following)
    lines = [f"# {comment}"] if comment else []
    lines += here.comments(start, end) if keep else []
    note = "".join(f"{here.indent(start)}{line}\n" for line in lines)
    if parent.style == FLOW:
        line = here.line_start(start)
        return text[:line] + note + text[line:start] + text[end:]
    if len(entries) == 1:
        return _emptied(here, path, entry, note)
    return _cut_from_block(here, entry, following, note)


def _gone(
    here: Text, parent: Node, entry: Entry, before: Entry | None, after: Entry | None
) -> tuple[int, int]:
    """Return where the text begins and ends that goes with an entry."""
    if parent.style == FLOW:
        if after is not None:
            return entry.start, after.start
        return before.end if before is not None else entry.start, entry.end
    alone = before is None and after is None
    behind_dash = alone and here.before(entry.start).strip()
    return entry.start, entry.end if behind_dash else here.line_end(entry.end)


def _emptied(here: Text, path: Path, entry: Entry, note: str) -> str:
    """Take the only entry of a block out: what remains is an empty mapping or list."""
    text, empty = here.text, "[]" if entry.key is None else "{}"
    line = here.line_start(entry.start)
    if here.before(entry.start).strip():  # it stands behind a dash
        return text[:line] + note + text[line : entry.start] + empty + text[entry.end :]
    tail = text[here.line_end(entry.end) + 1 :]
    if not path[:-1]:
        return f"{text[:line]}{note}{empty}\n{tail}"
    holder = here.entry(path[:-1])
    if holder.key is None:
        raise CannotApplyError("an item would be left without content")
    colon = text.index(":", here.offset(holder.key.end)) + 1
    top = here.line_start(holder.start)
    dashed = here.before(holder.start).strip()
    if dashed:
        return f"{text[:colon]} {empty}{text[colon:line]}{note}{tail}"
    shifted = re.sub(r"^ +", here.indent(holder.start), note)
    return f"{text[:top]}{shifted}{text[top:colon]} {empty}{text[colon:line]}{tail}"


def _cut_from_block(here: Text, entry: Entry, following: Entry | None, note: str) -> str:
    text, line = here.text, here.line_start(entry.start)
    rest = here.line_end(entry.end) + 1
    dash = here.before(entry.start)
    if not dash.strip():
        return text[:line] + note + text[rest:]
    if following is None:
        raise CannotApplyError("an item would be left without content")
    between = text[rest : here.line_start(following.start)]
    return text[:line] + between + note + dash + text[following.start :]

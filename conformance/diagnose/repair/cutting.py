"""Takes entries out of the text of a config."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.diagnose.files.nodes import FLOW
from conformance.diagnose.repair.edits import CannotApplyError
from conformance.diagnose.repair.spans import Text

if TYPE_CHECKING:
    from conformance.diagnose.repair.spans import Entry
    from conformance.judge.finding import Path


def removed(text: str, path: Path, comment: str) -> str:
    """Return a text without an entry; a comment takes its place, and nothing else moves.

    The last entry of a block leaves an empty mapping or list. Raises `CannotApplyError` if an item
    of a list would be left without content.
    """
    here = Text(text)
    parent = here.node(path[:-1])
    if parent is None or here.node(path) is None:
        return text
    entry = here.entry(path)
    entries = here.entries(parent)
    place = entries.index(entry)
    following = entries[place + 1] if place + 1 < len(entries) else None
    before = entries[place - 1] if place else None
    note = f"{here.indent(entry.start)}# {comment}\n" if comment else ""
    if parent.style == FLOW:
        new = _cut_from_flow(here, entry, before, following)
        line = here.line_start(entry.start)
        return new[:line] + note + new[line:]
    if len(entries) == 1:
        return _emptied(here, path, entry, note)
    return _cut_from_block(here, entry, following, note)


def _cut_from_flow(here: Text, entry: Entry, before: Entry | None, after: Entry | None) -> str:
    start, end = entry.start, entry.end
    if after is not None:
        end = after.start
    elif before is not None:
        start = before.end
    return here.text[:start] + here.text[end:]


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

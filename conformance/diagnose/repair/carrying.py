"""Moves entries to another place in the text of a config, their comments with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.diagnose.files.nodes import BLOCK
from conformance.diagnose.repair import joining
from conformance.diagnose.repair.cutting import removed
from conformance.diagnose.repair.setting import assigned, below, dumped, inserted
from conformance.diagnose.repair.spans import Text

if TYPE_CHECKING:
    from conformance.judge.finding import Edit, Path


def moved(text: str, edit: Edit) -> str:
    """Return a text with an entry at another place, its comments with it."""
    here = Text(text)
    source, target = here.node(edit.path), here.node(edit.to)
    if source is None or edit.path == edit.to:
        return text
    if target is not None:
        joined = joining.joined(text, edit.path, edit.to)
        if joined is not None:
            return removed(joined, edit.path, edit.comment, keep=False)
        return removed(_extended(text, edit.to, source.data), edit.path, edit.comment)
    if edit.path[:-1] == edit.to[:-1]:
        key = here.entry(edit.path).key
        new = dumped(edit.to[-1], key.style if key else None)
        return _replaced(here, key.start, key.end, new) if key else text
    copied = _copied(here, edit)
    if copied is None:
        return removed(inserted(here, edit.to, source.data), edit.path, edit.comment)
    return removed(copied, edit.path, edit.comment, keep=False)


def _replaced(here: Text, start: tuple[int, int], end: tuple[int, int], new: str) -> str:
    return here.text[: here.offset(start)] + new + here.text[here.offset(end) :]


def _copied(here: Text, edit: Edit) -> str | None:
    """Copy an entry to where it moves, comments and quotes included; None if that cannot be."""
    depth = len(edit.to) - 1
    while depth and not isinstance(getattr(here.node(edit.to[:depth]), "data", None), dict):
        depth -= 1
    parent, entry = here.node(edit.to[:depth]), here.entry(edit.path)
    if parent is None or here.node(edit.to[: depth + 1]) is not None or entry.key is None:
        return None
    if parent.style != BLOCK:
        return None
    column = len(here.before(entry.start))
    begin = here.offset(entry.key.end)
    end = here.reach(entry) if _is_block(here, edit.path) else entry.end
    first, *rest = here.text[begin:end].split("\n")
    lines = [f"{dumped(edit.to[-1])}: {first.lstrip(' :')}".rstrip()]
    lines += [line[column:] if not line[:column].strip() else line.lstrip() for line in rest]
    for step in reversed(edit.to[depth:-1]):
        lines = [f"{dumped(step)}:", *(f"  {line}" if line else "" for line in lines)]
    return below(here, parent, "\n".join(lines))


def _is_block(here: Text, path: Path) -> bool:
    parent = here.node(path[:-1])
    return parent is not None and parent.style == BLOCK


def _extended(text: str, path: Path, value: Any) -> str:
    """Add to what is at a place what a value has more, entry by entry, so that comments stay."""
    there = Text(text).node(path)
    if there is not None and isinstance(there.data, list) and isinstance(value, list):
        for item in value:
            known = Text(text).node(path)
            if known is not None and item not in known.data:
                text = assigned(text, (*path, len(known.data)), item)
        return text
    if there is not None and isinstance(there.data, dict) and isinstance(value, dict):
        for name, each in value.items():
            text = _extended(text, (*path, name), each)
        return text
    return assigned(text, path, value)

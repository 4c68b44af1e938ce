"""Changes single entries in the text of a config and leaves every other character alone.

A round-trip parser re-emits the whole text, loses comments beside what is removed and lays out the
rest its own way; here each step replaces the characters of one entry, by the places of its nodes.
"""

from __future__ import annotations

import copy
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from conformance.diagnose.files import nodes
from conformance.diagnose.files.nodes import BLOCK, FLOW
from conformance.diagnose.repair.cutting import removed
from conformance.diagnose.repair.edits import CannotApplyError, Data, in_order
from conformance.diagnose.repair.spans import Text
from conformance.judge.finding import Edit, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.diagnose.files.nodes import Node
    from conformance.judge.finding import Path


def spliced(text: str, edits: Sequence[Edit]) -> str:
    """Return a YAML text with edits applied; all else stays as it is.

    Raises `CannotApplyError` if an edit does not fit, or if the changed text would not mean exactly
    what the edits say.
    """
    try:
        wanted = _wanted(text, edits)
        for edit in in_order(edits):
            text = _step(text, edit)
        composed = nodes.compose(text)
    except (nodes.UnreadableError, LookupError, ValueError, TypeError, yaml.YAMLError) as error:
        raise CannotApplyError(f"the text cannot be changed there: {error}") from error
    found = composed.root.data if composed is not None else None
    if found != wanted and repr(found) != repr(wanted):
        raise CannotApplyError("the text cannot be changed without changing more than was meant")
    return text


def _wanted(text: str, edits: Sequence[Edit]) -> Any:
    composed = nodes.compose(text)
    if composed is None:
        raise CannotApplyError("there is no document")
    data = Data(copy.deepcopy(composed.root.data))
    data.apply(edits)
    data.sweep()
    return data.root


def _step(text: str, edit: Edit) -> str:
    if edit.operation is Operation.SET:
        return _set(text, edit.path, edit.value)
    if edit.operation is Operation.REMOVE:
        return removed(text, edit.path, edit.comment)
    return _moved(text, edit)


def _moved(text: str, edit: Edit) -> str:
    here = Text(text)
    source, target = here.node(edit.path), here.node(edit.to)
    if source is None or edit.path == edit.to:
        return text
    if target is not None:
        return removed(_joined(text, edit.to, source.data), edit.path, edit.comment)
    if edit.path[:-1] == edit.to[:-1]:
        key = here.entry(edit.path).key
        new = _dumped(edit.to[-1], key.style if key else None)
        return _replaced(here, key.start, key.end, new) if key else text
    copied = _copied(here, edit)
    if copied is None:
        return removed(_inserted(here, edit.to, source.data), edit.path, edit.comment)
    return removed(copied, edit.path, edit.comment, keep=False)


def _joined(text: str, path: Path, value: Any) -> str:
    """Add to what is at a place what a value has more, entry by entry, so that comments stay."""
    there = Text(text).node(path)
    if there is not None and isinstance(there.data, list) and isinstance(value, list):
        for item in value:
            known = Text(text).node(path)
            if known is not None and item not in known.data:
                text = _set(text, (*path, len(known.data)), item)
        return text
    if there is not None and isinstance(there.data, dict) and isinstance(value, dict):
        for name, each in value.items():
            text = _joined(text, (*path, name), each)
        return text
    return _set(text, path, value)


def _replaced(here: Text, start: tuple[int, int], end: tuple[int, int], new: str) -> str:
    return here.text[: here.offset(start)] + new + here.text[here.offset(end) :]


def _dumped(value: Any, style: str | None = None, *, flow: bool = False) -> str:
    """Return a value on one line; with `flow`, quoted where it must be between brackets."""
    quotes = style if style in {"'", '"'} and isinstance(value, str) else None
    text: str = yaml.safe_dump(
        [value] if flow else value, default_flow_style=True, default_style=quotes, width=1 << 20,
        sort_keys=False, allow_unicode=True,
    )  # fmt: skip
    return text[1:-2] if flow else text.removesuffix("\n").removesuffix("\n...")


def _block(key: Any, value: Any) -> str:
    """Return an entry on lines of its own, without the last line break."""
    text: str = yaml.safe_dump(
        {key: value}, default_flow_style=False, width=1 << 20, sort_keys=False, allow_unicode=True
    )
    return text.removesuffix("\n")


def _set(text: str, path: Path, value: Any) -> str:
    here = Text(text)
    old = here.node(path)
    if old is None:
        return _inserted(here, path, value)
    if old.data == value and type(old.data) is type(value):
        return text
    entry = here.entry(path)
    if entry.key is None:
        begin = here.offset(old.start)
    else:
        begin = text.index(":", here.offset(entry.key.end)) + 1
    gap = "" if entry.key is None else " "
    if value and isinstance(value, dict | list) and old.style == BLOCK and entry.key is not None:
        column = len(here.before(entry.start))
        line, end = here.line_end(begin), here.line_end(entry.end)
        lines = [f"  {comment}" for comment in here.comments(line, end)]
        lines += _block(entry.key.data, value).split("\n")[1:]
        new = "".join(f"\n{' ' * column}{line}" for line in lines)
        return text[:line] + new + text[end:]
    flow = any(_is_flow(here.node(path[:depth])) for depth in range(len(path)))
    line, blanks = here.line_start(entry.start), here.indent(entry.start)
    kept = "".join(f"{blanks}{comment}\n" for comment in here.comments(begin, entry.end))
    new = gap + _dumped(value, old.style, flow=flow)
    return text[:line] + kept + text[line:begin] + new + text[entry.end :]


def _is_flow(node: Node | None) -> bool:
    return node is not None and node.style == FLOW


def _inserted(here: Text, path: Path, value: Any) -> str:
    """Put a new entry into the deepest container of its path that is there."""
    depth = len(path) - 1
    while depth and not isinstance(getattr(here.node(path[:depth]), "data", None), dict | list):
        depth -= 1
    for step in reversed(path[depth + 1 :]):
        value = {step: value}
    parent = here.node(path[:depth])
    if parent is None:
        raise CannotApplyError("there is no document")
    if here.node(path[: depth + 1]) is not None:
        return _set(here.text, path[: depth + 1], value)
    if isinstance(parent.data, list):
        return _appended(here, path[:depth], parent, value)
    if parent.style == FLOW or not parent.data:
        joined = f"{_dumped(path[depth])}: {_dumped(value, flow=True)}"
        return _into_flow(here, parent, joined)
    return _below(here, parent, _block(path[depth], value))


def _appended(here: Text, path: Path, parent: Node, value: Any) -> str:
    """Put an item behind the last one of a list, whose other items keep their comments."""
    if parent.style == FLOW:
        return _into_flow(here, parent, _dumped(value, flow=True))
    if not here.entries(parent):  # it stands elsewhere
        return _set(here.text, path, [*parent.data, value])
    text: str = yaml.safe_dump(
        [value], default_flow_style=False, width=1 << 20, sort_keys=False, allow_unicode=True
    )
    return _below(here, parent, text.removesuffix("\n"))


def _into_flow(here: Text, parent: Node, entry: str) -> str:
    entries = here.entries(parent)
    place = entries[-1].end if entries else here.offset(parent.start) + 1
    separator = ", " if entries else ""
    return here.text[:place] + separator + entry + here.text[place:]


def _below(here: Text, parent: Node, block: str) -> str:
    """Put an entry behind the last one of a block mapping."""
    entries = here.entries(parent)
    column = len(here.before(entries[0].start))
    place = here.line_end(entries[-1].end)
    return f"{here.text[:place]}\n{textwrap.indent(block, ' ' * column)}{here.text[place:]}"


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
    end = here.line_end(entry.end) if _is_block(here, edit.path) else entry.end
    first, *rest = here.text[begin:end].split("\n")
    lines = [f"{_dumped(edit.to[-1])}: {first.lstrip(' :')}".rstrip()]
    lines += [line[column:] if not line[:column].strip() else line.lstrip() for line in rest]
    for step in reversed(edit.to[depth:-1]):
        lines = [f"{_dumped(step)}:", *(f"  {line}" if line else "" for line in lines)]
    return _below(here, parent, "\n".join(lines))


def _is_block(here: Text, path: Path) -> bool:
    parent = here.node(path[:-1])
    return parent is not None and parent.style == BLOCK

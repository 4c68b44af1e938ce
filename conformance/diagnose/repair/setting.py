"""Writes values into the text of a config, at one place, and leaves the rest as it is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from conformance.diagnose.files.nodes import BLOCK, FLOW
from conformance.diagnose.repair.edits import CannotApplyError
from conformance.diagnose.repair.spans import Text

if TYPE_CHECKING:
    from conformance.diagnose.files.nodes import Node
    from conformance.judge.finding import Path


def assigned(text: str, path: Path, value: Any) -> str:
    """Return a text with a value at a place, which is made if it is not there."""
    here = Text(text)
    old = here.node(path)
    if old is None:
        return inserted(here, path, value)
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
    new = gap + dumped(value, old.style, flow=flow)
    return text[:line] + kept + text[line:begin] + new + text[entry.end :]


def _is_flow(node: Node | None) -> bool:
    return node is not None and node.style == FLOW


def inserted(here: Text, path: Path, value: Any) -> str:
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
        return assigned(here.text, path[: depth + 1], value)
    if isinstance(parent.data, list):
        return _appended(here, path[:depth], parent, value)
    if parent.style == FLOW or not parent.data:
        joined = f"{dumped(path[depth])}: {dumped(value, flow=True)}"
        return _into_flow(here, parent, joined)
    return below(here, parent, _block(path[depth], value))


def _appended(here: Text, path: Path, parent: Node, value: Any) -> str:
    """Put an item behind the last one of a list, whose other items keep their comments."""
    if parent.style == FLOW:
        return _into_flow(here, parent, dumped(value, flow=True))
    if not here.entries(parent):  # it stands elsewhere
        return assigned(here.text, path, [*parent.data, value])
    text: str = yaml.safe_dump(
        [value], default_flow_style=False, width=1 << 20, sort_keys=False, allow_unicode=True
    )
    return below(here, parent, text.removesuffix("\n"))


def _into_flow(here: Text, parent: Node, entry: str) -> str:
    entries = here.entries(parent)
    place = entries[-1].end if entries else here.offset(parent.start) + 1
    separator = ", " if entries else ""
    return here.text[:place] + separator + entry + here.text[place:]


def below(here: Text, parent: Node, block: str) -> str:
    """Put an entry behind the last one of a block, and behind the comments that hang below it."""
    entries = here.entries(parent)
    column = len(here.before(entries[0].start))
    place = here.reach(entries[-1])
    return f"{here.text[:place]}\n{textwrap.indent(block, ' ' * column)}{here.text[place:]}"


def dumped(value: Any, style: str | None = None, *, flow: bool = False) -> str:
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

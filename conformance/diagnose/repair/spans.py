"""Knows which part of a text an entry of a mapping or a list takes up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.diagnose.files.nodes import ALIAS, BLOCK, FLOW, compose, find
from conformance.diagnose.files.sources import lines_of
from conformance.diagnose.repair.edits import CannotApplyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diagnose.files.nodes import Node
    from conformance.judge.finding import Path

_BLOCK_SCALARS = frozenset({"|", ">"})
_COMMENT = re.compile(r"(?<!\S)#.*")
# An item that is commented out, or another line of one.
ITEM_GONE = re.compile(r"#( ?-(\s|$)|\s{2})")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item, by offsets in the text.

    `start` is where the key or the dash begins (in a flow: the value), `end` is behind the last
    character of its content, comments left out. An item has no `key`.
    """

    start: int
    end: int
    key: Node | None
    value: Node


class Text:
    """A YAML text with its nodes, and the offsets of both."""

    def __init__(self, text: str) -> None:
        """Compose the text. Raises `UnreadableError`."""
        self.text = text
        self.starts = [0]
        for line in lines_of(text):
            self.starts.append(self.starts[-1] + len(line))
        composed = compose(text)
        self.root = composed.root if composed is not None else None

    def offset(self, at: tuple[int, int]) -> int:
        """Return the offset of a line and column."""
        line, column = at
        return self.starts[line] + column if line < len(self.starts) else len(self.text)

    def node(self, path: Path) -> Node | None:
        """Return the value at a path, if there is one."""
        found = find(self.root, path) if self.root is not None else None
        return found[1] if found is not None else None

    def end(self, node: Node) -> int:
        """Return the offset behind the last character of a value."""
        if node.style == BLOCK:
            children = [*(value for _, value in _own(node)), *node.items]
            return max([self.offset(node.start), *map(self.end, children)])
        end = self.offset(node.end)
        if node.style in _BLOCK_SCALARS:
            return len(self.text[:end].rstrip())
        return end

    def entries(self, node: Node) -> list[Entry]:
        """Return the entries of a collection in the order of the text."""
        if node.style == ALIAS:
            return []
        found = [
            Entry(self.offset(key.start), max(self.end(value), self.offset(key.end)), key, value)
            for key, value in _own(node)
        ]
        for item in node.items:
            start = self.offset(item.start)
            if node.style == BLOCK:
                start = self.text.rindex("-", 0, max(start, 1))
            found.append(Entry(start, max(self.end(item), start + 1), None, item))
        return sorted(found, key=lambda entry: entry.start)

    def entry(self, path: Path) -> Entry:
        """Return the entry at a path. Raises `CannotApplyError` if it stands elsewhere."""
        parent, value = self.node(path[:-1]), self.node(path)
        for entry in self.entries(parent) if parent is not None else ():
            if entry.value is value:
                return entry
        raise CannotApplyError("it stands where an anchor brought it from")

    def reach(self, entry: Entry) -> int:
        """Return where a block's entry ends with the comments below that stand deeper than it.

        Items may stand no deeper than the key of their list; then those commented out below the
        others belong to it.
        """
        column = len(self.before(entry.start))
        items = self.entries(entry.value)[:1] if entry.value.items else []
        flush = any(len(self.before(item.start)) == column for item in items)
        place = end = self.line_end(entry.end)
        for line in self.text[place + 1 :].split("\n"):
            end += 1 + len(line)
            rest = line.lstrip()
            deeper = len(line) - len(rest) > column
            flush = flush and (deeper or not rest or bool(ITEM_GONE.match(rest)))
            if rest and not (rest.startswith("#") and (flush or deeper)):
                break
            place = end if rest else place
        return place

    def comments(self, start: int, end: int) -> list[str]:
        """Return the comments in a part of the text, in order; a `#` inside a value is none."""
        part, place = [], start
        for begin, behind in sorted(self._values(self.root)) if self.root is not None else ():
            if place < behind and begin < end:
                part.append(self.text[place : max(begin, place)])
                place = behind
        part.append(self.text[place:end])
        return [found.rstrip() for each in part for found in _COMMENT.findall(each)]

    def _values(self, node: Node) -> Iterator[tuple[int, int]]:
        """Yield where each scalar and alias of the text begins and ends."""
        if node.style not in {BLOCK, FLOW}:
            start = self.offset(node.start)
            if node.style in _BLOCK_SCALARS:
                start = self.line_end(start)  # a comment may stand behind the sign
            yield start, max(self.end(node), start)
            return
        for pair in (*_own(node), *node.replaced):
            for each in pair:
                yield from self._values(each)
        for item in node.items:
            yield from self._values(item)

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line of an offset ends, the line break excluded."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def before(self, offset: int) -> str:
        """Return what stands on a line before an offset."""
        return self.text[self.line_start(offset) : offset]

    def indent(self, offset: int) -> str:
        """Return the blanks with which the line of an offset begins."""
        line = self.text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip(" "))]


def _own(node: Node) -> list[tuple[Node, Node]]:
    """Return the keys and values that stand in a mapping itself, merged ones left out."""
    return [pair for name, pair in node.members.items() if name not in node.merged]

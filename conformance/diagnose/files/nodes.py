"""Composes YAML into data that knows where it stands, with limits that PyYAML does not have.

PyYAML's own composer is recursive in C and ends the process on 100,000 opening brackets; here depth
and the expansion of aliases are bounded. Scalars become what PyYAML's safe loader makes of them,
because that is what the stack reads with.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from conformance.diagnose.files import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.judge.finding import Path

DEEPEST = 200  # the stack's own recursion ends near 300
LARGEST = 10**4000  # Python writes no number of more than 4,300 digits
MOST_EXPANDED = 100_000  # values that aliases may add
# What is wrong is said without the text itself, which may be a password: `password: !x*y`.
NO_PLAIN_VALUE = "a tag that stands for no plain value"
BLOCK, FLOW, ALIAS = "block", "flow", "*"  # styles of nodes, beside those of scalars
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
# What a safe loader makes a list or a mapping into; any other tag it refuses.
_TAGS = {None, "!", *(f"tag:yaml.org,2002:{name}" for name in ("seq", "map", "set", "omap"))}


# What PyYAML's constructors raise for a scalar that does not fit its tag.
_UNREADABLE = AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError
_NO_MEMBERS: Mapping[Any, Any] = MappingProxyType({})


class UnreadableError(Exception):
    """A text that is not YAML, or that the stack cannot read; its place counts from 0."""

    def __init__(self, what: str, line: int = 0, column: int = 0, id_: str = "not-yaml") -> None:
        """Keep what is wrong, where, and the id of the finding it becomes."""
        super().__init__(what)
        self.what, self.line, self.column, self.id = what, line, column, id_


@dataclass(slots=True, eq=False)
class Node:
    """A value, its place (line and column, from 0), how it is written, and the nodes in it.

    `members` are the keys and values of a mapping, `merged` those of them that `<<` brought. In the
    text only are those that are `replaced` by a later one of the same name, and what `<<` names.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    data: Any = None
    style: str | None = None
    members: Mapping[Any, tuple[Node, Node]] = _NO_MEMBERS
    items: Sequence[Node] = ()
    replaced: Sequence[tuple[Node, Node]] = ()
    size: int = 1
    merges: bool = False
    merged: frozenset[Any] = frozenset()


@dataclass(slots=True)
class Composed:
    """A document: its root, and the keys that a later one of the same name replaces."""

    root: Node
    duplicates: list[Node] = field(default_factory=list)


class _Composer:
    def __init__(self, text: str) -> None:
        self.loader = _LOADER(text)
        self.plain: Any = yaml.SafeLoader("")
        self.anchors: dict[str, Node | None] = {}
        self.duplicates: list[Node] = []
        self.known: dict[tuple[str, str | None, Any], Any] = {}
        self.added = 0

    def document(self) -> Composed | None:
        self.loader.get_event()
        if self.loader.check_event(yaml.StreamEndEvent):
            return None
        self.loader.get_event()
        root = self.node(0)
        self.loader.get_event()
        if not self.loader.check_event(yaml.StreamEndEvent):
            mark = self.loader.get_event().start_mark
            raise UnreadableError("a second document without `---`", mark.line, mark.column)
        return Composed(root, self.duplicates)

    def node(self, depth: int) -> Node:
        event = self.loader.get_event()
        start = event.start_mark.line, event.start_mark.column
        if depth > DEEPEST:
            raise UnreadableError(f"nested deeper than {DEEPEST} levels", *start, "too-deep")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, start)
        if event.anchor:
            self.anchors[event.anchor] = None
        node = Node(start, (event.end_mark.line, event.end_mark.column))
        if isinstance(event, yaml.ScalarEvent):
            node.style = event.style
            node.data, node.merges = self.scalar(event, start)
        elif event.tag not in _TAGS:
            raise UnreadableError(NO_PLAIN_VALUE, *start)
        elif isinstance(event, yaml.SequenceStartEvent):
            node.style = FLOW if event.flow_style else BLOCK
            self.sequence(node, depth)
        else:
            node.style = FLOW if event.flow_style else BLOCK
            self.mapping(node, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, start: tuple[int, int]) -> Node:
        anchor = event.anchor
        if anchor not in self.anchors:
            raise UnreadableError("an alias without an anchor before it", *start)
        found = self.anchors[anchor]
        if found is None:
            raise UnreadableError("an alias of what it stands in", *start, "alias-bomb")
        self.added += found.size
        if self.added > MOST_EXPANDED:
            what = f"aliases expand to more than {MOST_EXPANDED:,} values"
            raise UnreadableError(what, *start, "alias-bomb")
        end = event.end_mark.line, event.end_mark.column
        return replace(found, start=start, end=end, style=ALIAS)

    def scalar(self, event: Any, start: tuple[int, int]) -> tuple[Any, bool]:
        key = event.value, event.tag, event.implicit
        if key not in self.known:
            tag = event.tag
            if tag in {None, "!"}:
                tag = self.plain.resolve(yaml.ScalarNode, event.value, event.implicit)
            try:
                value = self.plain.construct_object(yaml.ScalarNode(tag, event.value), deep=True)
            except yaml.YAMLError as error:
                if tag != _MERGE:
                    problem = getattr(error, "problem", None) or NO_PLAIN_VALUE
                    what = NO_PLAIN_VALUE if tag in problem else problem
                    raise UnreadableError(what, *start) from error
                value = event.value
            except _UNREADABLE as error:
                what = f"a value that cannot be read as {tag.rpartition(':')[2]}"
                raise UnreadableError(what, *start) from error
            if isinstance(value, int) and abs(value) >= LARGEST:
                raise UnreadableError("a number with more than 4,000 digits", *start)
            self.known[key] = value, tag == _MERGE
        found: tuple[Any, bool] = self.known[key]
        return found

    def sequence(self, node: Node, depth: int) -> None:
        items = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self.node(depth + 1))
        self.finish(node)
        node.items = items
        node.size += sum(item.size for item in items)
        node.data = [item.data for item in items]

    def mapping(self, node: Node, depth: int) -> None:
        members: dict[Any, tuple[Node, Node]] = {}
        merges: list[tuple[Node, Node]] = []
        replaced: list[tuple[Node, Node]] = []
        while not self.loader.check_event(yaml.MappingEndEvent):
            key = self.node(depth + 1)
            value = self.node(depth + 1)
            node.size += 1 + value.size
            if key.merges:
                merges.append((key, value))
                continue
            if isinstance(key.data, dict | list):
                raise UnreadableError("a mapping or a list cannot be a key", *key.start)
            if key.data in members:
                replaced.append(members[key.data])
            members[key.data] = key, value
        self.finish(node)
        node.replaced = [*replaced, *merges]
        self.duplicates += [name for name, _ in replaced]
        own = frozenset(members) if merges else frozenset()
        for name, pair in _merged([value for _, value in reversed(merges)]):
            members.setdefault(name, pair)
        if merges:
            node.merged = frozenset(members) - own
        node.members = members
        node.data = {name: value.data for name, (_, value) in members.items()}

    def finish(self, node: Node) -> None:
        mark = self.loader.get_event().end_mark
        node.end = mark.line, mark.column


def _merged(values: list[Node]) -> Iterator[tuple[Any, tuple[Node, Node]]]:
    for value in values:
        for each in value.items if isinstance(value.data, list) else [value]:
            if not isinstance(each.data, dict):
                raise UnreadableError("only a mapping can be merged with `<<`", *each.start)
            yield from each.members.items()


def compose(text: str) -> Composed | None:
    """Return the only document of a text, or None if it has none.

    Raises `UnreadableError` with the place if it is not YAML, or more than can be handled.
    """
    try:
        return _Composer(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            raise UnreadableError(error.problem or "a syntax error") from error
        what = wording.in_plain_words(error, text, mark)
        raise UnreadableError(what, mark.line, mark.column) from error
    except yaml.YAMLError as error:
        line, column = wording.control_character(text)
        what = "a control character or invalid text, which YAML does not allow"
        raise UnreadableError(what, line, column) from error


def find(root: Node, path: Path) -> tuple[Node, Node] | None:
    """Return the node a path points at (a key or a list item) and its value, if they are there."""
    shown = node = root
    for step in path:
        if step in node.members:
            shown, node = node.members[step]
        elif isinstance(step, int) and -1 < step < len(node.items):
            shown = node = node.items[step]
        else:
            return None
    return shown, node


def nearest(root: Node, path: Path) -> tuple[Node, Node]:
    """Return what `find` does, for the longest beginning of the path that is there."""
    for length in range(len(path), 0, -1):
        found = find(root, path[:length])
        if found is not None:
            return found
    return root, root

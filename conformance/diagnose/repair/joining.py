"""Puts the entries of one block behind those of another one, each with its comments."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from conformance.diagnose.files.nodes import BLOCK, FLOW
from conformance.diagnose.repair.spans import ITEM_GONE, Text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from conformance.diagnose.repair.spans import Entry
    from conformance.judge.finding import Path

_SHALLOW = re.compile(rf"(?!{ITEM_GONE.pattern}|\s)")


def joined(text: str, source: Path, target: Path, comments: Sequence[str] = ()) -> str | None:
    """Return a text in which a block also has what another one has more; None if that cannot be.

    Of an entry that is there already only the comments come. `comments` go before the first one.
    """
    here = Text(text)
    come, there = here.node(source), here.node(target)
    if come is None or there is None or come.style != BLOCK or come.merged or not source:
        return None
    holder, entries = here.entry(source), here.entries(come)
    if holder.key is None or not entries:
        return None
    known = there.data if isinstance(there.data, dict) else list(there.data or ())
    fresh: list[str] = []
    pending = [*comments, *_beside(here, holder)]
    end = here.line_end(here.offset(holder.key.end))
    for entry in entries:
        pending += _comment_lines(here, end, entry.start, entry)
        end = here.line_end(entry.end)
        name: Any = entry.key.data if entry.key is not None else None
        if _is_known(entry, known):
            pending += here.comments(entry.start, end)
        elif isinstance(known, dict) and name in known:
            deeper = joined(text, (*source, name), (*target, name), pending)
            if deeper is None:
                return None
            text, pending = deeper, []
        else:
            fresh += [*pending, *_lines(here, entry)]
            pending = []
            if isinstance(known, list):
                known.append(entry.value.data)
    pending += _comment_lines(here, end, here.reach(holder), entries[-1])
    return _behind(text, target, fresh, pending) if fresh or pending else text


def _is_known(entry: Entry, known: Container[Any]) -> bool:
    if isinstance(known, dict):
        name = entry.key.data if entry.key is not None else None
        return name in known and bool(known[name] == entry.value.data)
    return entry.value.data in known


def _beside(here: Text, holder: Entry) -> list[str]:
    """Return the comment on the line of a key."""
    begin = here.offset(holder.key.end) if holder.key is not None else holder.start
    return here.comments(begin, here.line_end(begin))


def _comment_lines(here: Text, start: int, end: int, beside: Entry) -> list[str]:
    """Return the lines of comments between two places, as deep as they are below an entry."""
    lines = here.text[start:end].split("\n")[1:]
    column = len(here.before(beside.start))
    return [_shifted(line, column) for line in lines if line.lstrip().startswith("#")]


def _lines(here: Text, entry: Entry) -> list[str]:
    column = len(here.before(entry.start))
    first, *rest = here.text[entry.start : here.line_end(entry.end)].split("\n")
    return [first, *(_shifted(line, column) for line in rest)]


def _shifted(line: str, column: int) -> str:
    return line[column:] if not line[:column].strip() else line.lstrip()


def _behind(text: str, path: Path, lines: list[str], ending: list[str]) -> str | None:
    """Put lines behind the last one of a block, or into what is empty; None for any other.

    Comments at its `ending` stand deeper than its key, so that they are seen to belong to it.
    """
    here = Text(text)
    node, holder = here.node(path), here.entry(path)
    above = here.node(path[:-1])
    if node is None or above is None or above.style == FLOW or holder.key is None:
        return None
    if node.style == BLOCK and (entries := here.entries(node)):
        place = here.reach(holder)
        column = len(here.before(entries[0].start))
        if column == len(here.before(holder.start)):
            ending = [f"  {each}" if _SHALLOW.match(each) else each for each in ending]
        lines = [*lines, *ending]
        block = textwrap.indent("\n".join(lines), " " * column)
        return f"{text[:place]}\n{block}{text[place:]}"
    if node.data:
        return None
    colon = text.index(":", here.offset(holder.key.end)) + 1
    end = max(holder.end, colon)
    blanks = " " * (len(here.before(holder.start)) + 2)
    block = textwrap.indent("\n".join([*here.comments(colon, end), *lines, *ending]), blanks)
    line = here.line_end(end)
    return f"{text[:colon]}{text[end:line]}\n{block}{text[line:]}"

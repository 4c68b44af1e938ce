"""Applies the steps of a repair to plain data: what the repaired text has to mean.

Paths speak of the data before the repair: an item of a list that goes leaves a placeholder until
all steps are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge.finding import Edit, Operation
from conformance.judge.keys import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.judge.finding import Path

PLACEHOLDER = "removed--by--repair--"


class CannotApplyError(Exception):
    """A step that does not fit the data: what it moves to is taken, or it has no place."""


class Data:
    """A tree of mappings and lists under repair."""

    def __init__(self, root: Any) -> None:
        """Take a tree, which is changed in place."""
        self.root = root
        self.marks = 0

    def apply(self, edits: Iterable[Edit]) -> bool:
        """Apply the steps; return whether anything changed. Raises `CannotApplyError`."""
        changed = [self._step(edit) for edit in in_order(edits)]
        return any(changed)

    def _step(self, edit: Edit) -> bool:
        if edit.operation is Operation.REMOVE:
            return self._remove(edit.path)
        if edit.operation is Operation.SET:
            return self._set(edit.path, edit.value)
        return self._move(edit)

    def _mark(self) -> str:
        self.marks += 1
        return f"{PLACEHOLDER}{self.marks}"

    def _remove(self, path: Path) -> bool:
        parent = self._at(path[:-1])
        if not _has(parent, path[-1]):
            return False
        if isinstance(parent, list):
            parent[int(path[-1])] = self._mark()
        else:
            _rename(parent, path[-1], self._mark(), None)
        return True

    def _set(self, path: Path, value: Any) -> bool:
        parent = self._made(path[:-1])
        last = path[-1]
        if _has(parent, last):
            if parent[last] == value and type(parent[last]) is type(value):
                return False
            parent[last] = value
        elif isinstance(parent, list):
            parent.append(value)
        else:
            parent[last] = value
        return True

    def _move(self, edit: Edit) -> bool:
        parent = self._at(edit.path[:-1])
        if not _has(parent, edit.path[-1]) or edit.path == edit.to:
            return False
        shared = min(len(edit.path), len(edit.to))
        if edit.path[:shared] == edit.to[:shared]:
            raise CannotApplyError("nothing can be moved into itself, or in place of what holds it")
        value = parent[edit.path[-1]]
        target = self._at(edit.to[:-1])
        if _has(target, edit.to[-1]):
            _merge(target, edit.to[-1], value)
        elif edit.path[:-1] == edit.to[:-1] and isinstance(parent, dict):
            _rename(parent, edit.path[-1], edit.to[-1], value)
            return True
        else:
            place = self._made(edit.to[:-1])
            if not isinstance(place, dict):
                raise CannotApplyError(f"nothing can be moved to `{dotted(edit.to)}`")
            place[edit.to[-1]] = value
        return self._remove(edit.path)

    def _at(self, path: Path) -> Any:
        value = self.root
        for step in path:
            if not _has(value, step):
                return None
            value = value[step]
        return value

    def _made(self, path: Path) -> Any:
        """Return the container at a path; mappings that are missing on the way are made."""
        value = self.root
        for step in path:
            if not _has(value, step) or value[step] is None:
                if not isinstance(value, dict):
                    raise CannotApplyError(f"there is no place `{dotted(path)}`")
                value[step] = {}
            value = value[step]
        if not isinstance(value, dict | list):
            raise CannotApplyError(f"`{dotted(path)}` is neither a mapping nor a list")
        return value

    def sweep(self) -> None:
        """Take out all placeholders."""
        _sweep(self.root)


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits with removals last, later places first; none is inside of what is removed."""
    given = list(edits)
    gone = [edit.path for edit in given if edit.operation is Operation.REMOVE]
    staying = [edit for edit in given if not any(_inside(edit.path, path) for path in gone)]
    steps = [edit for edit in staying if edit.operation is not Operation.REMOVE]
    removals = [edit for edit in staying if edit.operation is Operation.REMOVE]
    return [*steps, *sorted(removals, key=lambda edit: _order(edit.path), reverse=True)]


def _inside(path: Path, other: Path) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (-1, step) for step in path)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and -1 < step < len(value)
    return isinstance(value, dict) and step in value


def _merge(target: Any, key: Any, value: Any) -> None:
    """Join a value into what already stands there; only what cannot conflict."""
    there = target[key]
    if there == value:
        return
    if there is None:
        target[key] = value
    elif isinstance(there, list) and isinstance(value, list):
        there.extend(each for each in value if each not in there)
    elif isinstance(there, dict) and isinstance(value, dict):
        for name, each in value.items():
            if name in there:
                _merge(there, name, each)
            else:
                there[name] = each
    else:
        raise CannotApplyError(f"`{key}` is already set to something else")


def _rename(mapping: dict[Any, Any], old: Any, new: Any, value: Any) -> None:
    """Replace a key and its value in place."""
    pairs = [(new, value) if key == old else (key, each) for key, each in mapping.items()]
    mapping.clear()
    mapping.update(pairs)


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(PLACEHOLDER)


def _sweep(value: Any) -> None:
    if isinstance(value, dict):
        for key in [key for key in value if _is_placeholder(key)]:
            del value[key]
        for child in value.values():
            _sweep(child)
    elif isinstance(value, list):
        value[:] = [each for each in value if not _is_placeholder(each)]
        for child in value:
            _sweep(child)

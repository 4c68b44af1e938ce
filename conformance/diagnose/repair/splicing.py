"""Changes single entries in the text of a config and leaves every other character alone.

A round-trip parser re-emits the whole text, loses comments beside what is removed and lays out the
rest its own way; here each step replaces the characters of one entry, by the places of its nodes.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import yaml

from conformance.diagnose.files import nodes
from conformance.diagnose.repair.carrying import moved
from conformance.diagnose.repair.cutting import removed
from conformance.diagnose.repair.edits import CannotApplyError, Data, in_order
from conformance.diagnose.repair.setting import assigned
from conformance.judge.finding import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.judge.finding import Edit


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
        return assigned(text, edit.path, edit.value)
    if edit.operation is Operation.REMOVE:
        return removed(text, edit.path, edit.comment)
    return moved(text, edit)

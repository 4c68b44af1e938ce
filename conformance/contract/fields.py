"""Clauses for one field of a JSON object: present, of its type, of its set of values.

Each takes the object, the field's name, the object's path in the answer, and the name of the
deviation. Each yields at most one deviation. A boolean is no integer here, as in JSON.
"""

from __future__ import annotations

import time as clock
from typing import TYPE_CHECKING, Any, Final

from conformance.contract.deviation import CONTRACT, STRICT, Deviation, Layer, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_ABSENT = object()
FIRST_S: Final = 1_449_792_000  # the day OpenAI began: nothing of its API is older
A_DAY_S: Final = 86_400  # clocks differ, and vendors set no zone


def text(
    found: Mapping[str, Any], field: str, path: str, name: str, *, layer: Layer = CONTRACT
) -> Iterator[Deviation]:
    """The field is a string that is not empty."""
    return _field(
        found, field, path, name, layer=layer, fits=lambda value: _is_text(value) and value != ""
    )


def text_or_null(
    found: Mapping[str, Any], field: str, path: str, name: str, *, layer: Layer = CONTRACT
) -> Iterator[Deviation]:
    """The field is a string or null, or absent."""
    return _field(
        found,
        field,
        path,
        name,
        layer=layer,
        fits=lambda value: value is None or value is _ABSENT or _is_text(value),
    )


def integer(
    found: Mapping[str, Any], field: str, path: str, name: str, *, layer: Layer = CONTRACT
) -> Iterator[Deviation]:
    """The field is an integer of 0 or more."""
    return _field(found, field, path, name, layer=layer, fits=is_count)


def time(found: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    """`created` is an integer: seconds since 1970, not milliseconds, and not of the future."""
    wrong = list(integer(found, "created", path, "created"))
    yield from wrong
    if not wrong and not FIRST_S <= found["created"] <= clock.time() + A_DAY_S:
        yield Deviation("created-time", STRICT, f"{path}.created", shown(found["created"]))


def one_of(  # noqa: PLR0913 - as the others, and the values
    found: Mapping[str, Any],
    field: str,
    path: str,
    name: str,
    values: Collection[Any],
    *,
    layer: Layer = CONTRACT,
) -> Iterator[Deviation]:
    """The field has one of these values; null counts only if it is among them, present."""
    return _field(found, field, path, name, layer=layer, fits=lambda value: _among(value, values))


def never_null(
    found: Mapping[str, Any], allowed: Collection[str], path: str, name: str, layer: Layer
) -> Iterator[Deviation]:
    """Yield a deviation for each field that is null though its description allows no null."""
    for field, value in found.items():
        if value is None and field not in allowed:
            yield Deviation(name, layer, f"{path}.{field}", "null")


def required(
    found: Mapping[str, Any], names: Collection[str], path: str, name: str, layer: Layer
) -> Iterator[Deviation]:
    """Yield a deviation for each of these fields that is absent; null counts as present."""
    for field in names:
        if field not in found:
            yield Deviation(name, layer, f"{path}.{field}", "absent")


def no_more(found: Mapping[str, Any], names: Collection[str], path: str) -> Iterator[Deviation]:
    """Yield a deviation for each field that the description of the object does not have."""
    for field in found:
        if field not in names:
            yield Deviation("undescribed", STRICT, f"{path}.{field}", shown(found[field]))


def is_count(value: Any) -> bool:
    """Return whether a value is an integer of 0 or more, and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _among(value: Any, values: Collection[Any]) -> bool:
    return (value is None or isinstance(value, str)) and value in values


def _field(  # noqa: PLR0913 - the clause and its place
    found: Mapping[str, Any],
    field: str,
    path: str,
    name: str,
    *,
    layer: Layer,
    fits: Callable[[Any], bool],
) -> Iterator[Deviation]:
    value = found.get(field, _ABSENT)
    if not fits(value):
        what = "absent" if value is _ABSENT else shown(value)
        yield Deviation(name, layer, f"{path}.{field}", what)

"""Decides whether pydantic, in its lax mode, reads a plain value as a type."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

YES = frozenset({"1", "t", "y", "yes", "on", "true"})
TRUTHS = YES | {"0", "f", "n", "no", "off", "false"}
# As browsers do, pydantic wants no two slashes after the scheme, and refuses these in a host.
_SLASHES = re.compile(r"\s*(https?):[/\\]*", re.IGNORECASE)
_NO_HOST = re.compile(r"[\s<>^|]")
ORDER: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


def trouble(value: Any, kind: str) -> str:
    """Return what is wrong with a value as one of the words of `schemas.models`; "" if nothing."""
    reads, message = _KINDS.get(kind, (_anything, ""))
    return "" if reads(value) else message


def beyond(value: Any, limits: dict[str, Any]) -> str:
    """Return which limit a value of the right type goes beyond; "" if none."""
    for name, (holds, words) in ORDER.items():
        if name in limits:
            number = _number(value)
            if number is not None and not holds(number, limits[name]):
                return f"must be {words} {limits[name]}"
    if isinstance(value, str | list | dict):
        if len(value) < limits.get("min_length", 0):
            return f"must have a length of {limits['min_length']} or more"
        if len(value) > limits.get("max_length", math.inf):
            return f"must have a length of {limits['max_length']} or less"
    if isinstance(value, str) and isinstance(limits.get("pattern"), str):
        return "" if re.search(limits["pattern"], value) else f"must match {limits['pattern']}"
    return ""


def _anything(value: Any) -> bool:
    del value
    return True


def _number(value: Any) -> float | None:
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        if not value.strip().isascii():  # Python reads the digits of every script
            return None
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _is_int(value: Any) -> bool:
    if isinstance(value, str) and "e" in value.lower():
        return False
    number = _number(value)
    return number is not None and math.isfinite(number) and number == int(number)


def _is_float(value: Any) -> bool:
    return _number(value) is not None


def _is_bool(value: Any) -> bool:
    if isinstance(value, str):
        return value.lower() in TRUTHS
    return isinstance(value, bool) or (isinstance(value, int | float) and value in {0, 1})


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(_SLASHES.sub(r"\1://", value.strip(), count=1))
        host = parts.hostname or ""
        known = parts.scheme in {"http", "https"} and bool(host) and not _NO_HOST.search(host)
        return known and _port(parts.port)
    except ValueError:
        return False


def _port(port: int | None) -> bool:
    del port  # reading it raises ValueError if it is none
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_null(value: Any) -> bool:
    return value is None


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "str": (_is_text, "must be text"),
    "path": (_is_text, "must be a path"),
    "int": (_is_int, "must be a whole number"),
    "float": (_is_float, "must be a number"),
    "bool": (_is_bool, "must be true or false"),
    "url": (_is_url, "must be a URL that begins with http:// or https://"),
    "null": (_is_null, "must be empty"),
    "falsy": (operator.not_, "must be empty"),
}

"""Reads the environment variables that a config names, and what the stack puts in their place.

The forms are those of `replace_env_vars` in the stack's `core/stack.py`: `${env.NAME}`,
`${env.NAME:=default}` and `${env.NAME:+text if set}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORM = re.compile(r"\$\{env\.(?P<name>[A-Z0-9_]+)(?::(?P<sign>[=+])(?P<text>[^}]*))?\}")


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a parsed config, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)


def named(config: Any) -> set[str]:
    """Return the names of all variables in a parsed config."""
    return {found["name"] for text in texts(config) for found in FORM.finditer(text)}


def unset(config: Any, environ: Mapping[str, str]) -> list[str]:
    """Return the variables that have neither a value nor a default: a start fails for each."""
    names = (
        found["name"]
        for text in texts(config)
        for found in FORM.finditer(text)
        if found["sign"] is None and not environ.get(found["name"])
    )
    return list(dict.fromkeys(names))


def empty(config: Any, environ: Mapping[str, str]) -> list[str]:
    """Return the variables that have no value, and a default that is empty."""
    names = (
        found["name"]
        for text in texts(config)
        for found in FORM.finditer(text)
        if found["sign"] == "=" and not found["text"] and not environ.get(found["name"])
    )
    return list(dict.fromkeys(names))


def replaced(text: str, environ: Mapping[str, str]) -> str:
    """Return a text with its variables replaced; one without a value becomes ""."""

    def value(found: re.Match[str]) -> str:
        own = environ.get(found["name"], "")
        if found["sign"] == "=":
            return own or found["text"]
        return (found["text"] if own else "") if found["sign"] == "+" else own

    return FORM.sub(value, text)

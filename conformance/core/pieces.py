"""Finds a secret that is cut into pieces, as the deltas of a stream cut whatever a model says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Fields that say in pieces what a model says.
SAID: Final = frozenset(
    {"arguments", "content", "partial_json", "reasoning", "reasoning_content", "refusal", "text"}
    | {"thinking"}
)
# A field of JSON with a text, as in `"content": "sk-"`; in evidence, its quotes may be escaped.
_FIELD: Final = re.compile(
    r'(\\*)"(?P<name>\w+)\1"\s*:\s*\1"(?P<text>(?:[^"\\]|\\(?!\1"|").|\\")*?)\1"'
)


def joined(text: str) -> dict[str, str]:
    """Return what the fields of each name in `SAID` say together, where there are several."""
    return {name: "".join(pieces) for name, pieces in _pieces(text).items() if len(pieces) > 1}


def without_pieces(text: str, clean: Callable[[str], str]) -> str:
    """Return a text in which no secret can be put together from fields of one name.

    `clean` takes secrets out of a text. All that the fields of such a name say is moved, clean,
    into the first of them, so that the others are empty: a stream keeps its frames, and its words
    but for the secret.
    """
    hiding = {
        name: whole
        for name, pieces in _pieces(text).items()
        if (whole := clean("".join(pieces))) != "".join(map(clean, pieces))
    }
    if not hiding:
        return text
    given: set[str] = set()

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in hiding:
            return found[0]
        said = "" if name in given else json.dumps(hiding[name], ensure_ascii=False)[1:-1]
        given.add(name)
        start, end = found.start("text") - found.start(), found.end("text") - found.start()
        return found[0][:start] + said + found[0][end:]

    return _FIELD.sub(replaced, text)


def _pieces(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in _FIELD.finditer(text):
        if field["name"] in SAID:
            found.setdefault(field["name"], []).append(_read(field["text"]))
    return found


def _read(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text

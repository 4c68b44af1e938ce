"""Finds what is hidden in a text by an encoding: percent and JSON escapes, HTML, base64, hex.

A word whose plain text a cleaner would change is replaced as a whole: what it encodes cannot be
cut out of it.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from conformance.core.redaction import resolved

if TYPE_CHECKING:
    from collections.abc import Callable

PLACEHOLDER: Final = "[encoded]"
_REST = r"[^\s\"'<>{}\[\],]*"
_ESCAPED: Final = re.compile(
    rf"{_REST}(?:%[0-9A-Fa-f]{{2}}|\\+u[0-9A-Fa-f]{{4}}|\\+x[0-9A-Fa-f]{{2}}|&#x?\w+;){_REST}"
)
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Za-z])")
# Lines of base64 are broken after 76 letters, in JSON by an escape.
_BASE64: Final = re.compile(
    r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{16,}(?:(?:\n|\\n)[A-Za-z0-9+/_\-]+)*={0,2}"
)


def without_disguised(text: str, clean: Callable[[str], str]) -> str:
    """Return the text without the words whose plain text `clean` changes."""
    forms: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
        (_ESCAPED, resolved),
        (_HEX, _from_hex),
        (_BASE64, _from_base64),
    )
    for pattern, decode in forms:
        text = pattern.sub(partial(_kept, decode=decode, clean=clean), text)
    return text


def _kept(
    found: re.Match[str], *, decode: Callable[[str], str], clean: Callable[[str], str]
) -> str:
    plain = decode(found[0])
    return found[0] if plain == found[0] or clean(plain) == plain else PLACEHOLDER


def _from_hex(word: str) -> str:
    return _readable(bytes.fromhex(word), word)


def _from_base64(word: str) -> str:
    letters = word.replace("\\n", "").replace("\n", "").rstrip("=")
    letters = letters.translate(str.maketrans("-_", "+/"))
    letters += "=" * (-len(letters) % 4)
    try:
        return _readable(base64.b64decode(letters, validate=True), word)
    except binascii.Error:  # one letter too many
        return word


def _readable(raw: bytes, otherwise: str) -> str:
    """Return bytes as text if they are one that a person could read; chance makes no such."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return otherwise
    return text if text.replace("\n", " ").isprintable() else otherwise

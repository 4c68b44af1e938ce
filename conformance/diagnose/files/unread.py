"""Shows a line of a text that cannot be parsed, without what may be part of a secret.

Where nothing is parsed, only names and indentation tell what a line belongs to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.core import lookalikes, redaction

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = re.compile(r"(?P<quote>[\"']?)(?P<name>[\w.\-]+)(?P=quote)\s*:")
_KEYED = re.compile(rf"(?P<indent>\s*(?:- +)*){_KEY.pattern}")


def shown(lines: Sequence[str], number: int) -> str:
    """Return a line as far as it holds no secret: up to the key that names one.

    Returns "" if the line has no key, because nobody knows then whether it continues a secret.
    """
    line = lines[number].rstrip("\r\n") if number < len(lines) else ""
    keyed = _KEYED.match(line)
    if keyed is None:
        return ""
    if _is_inside(lines, number, len(keyed["indent"])):
        return _up_to(line, keyed.end())
    secret = next(
        (key for key in _KEY.finditer(line) if lookalikes.may_hold_secrets(key["name"])), None
    )
    return line if secret is None else _up_to(line, secret.end())


def _up_to(line: str, end: int) -> str:
    return f"{line[:end]} {redaction.REDACTED}" if line[end:].strip() else line


def _is_inside(lines: Sequence[str], number: int, indent: int) -> bool:
    """Return whether a line that is indented so far stands below a key that holds secrets."""
    for line in reversed(lines[:number]):
        keyed = _KEYED.match(line)
        if keyed is None or len(keyed["indent"]) >= indent or line.lstrip().startswith("#"):
            continue
        indent = len(keyed["indent"])
        if lookalikes.may_hold_secrets(keyed["name"]):
            return True
    return False

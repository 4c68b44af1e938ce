"""Tells which names of fields may be meant as those of secrets, and which texts hold header fields.

For what is shown of a user's file alone: the stack reads no misspelt key, so it is no key to it.
"""

from __future__ import annotations

import re
from functools import cache

from conformance.core import fields

# Names of secrets without what separates their words.
_MEANT = (
    "apikey", "apitoken", "authtoken", "accesskey", "accesstoken", "secretkey", "clientsecret",
    "privatekey", "authcredential", "password", "passwd", "secret", "token", "credentials",
    "authorization",
)  # fmt: skip
_ORDINARY = frozenset({"tokens"})  # they are counted
_HEADER_FIELD = re.compile(r"[\w\-]+\s*[=:]\s*\S")
_COMMENTED = re.compile(
    r"(?P<before>#[\s#]*(?:-\s+)?(?P<quote>[\"']?)(?P<name>[\w.\-]+)(?P=quote)\s*[:=]\s+)"
    r"(?P<value>\S.*)"
)


@cache
def may_hold_secrets(name: str) -> bool:
    """Tell whether a field of this name holds secrets, or is one slip away from one that does."""
    if fields.holds_secrets(name):
        return True
    letters = re.sub(r"[\W_]", "", name.lower())
    return letters not in _ORDINARY and any(_one_slip(letters, meant) for meant in _MEANT)


def _one_slip(written: str, meant: str) -> bool:
    """Return whether a letter was added, left out, exchanged, or swapped with the next."""
    start = 0
    while written[start : start + 1] == meant[start : start + 1] != "":
        start += 1
    ours, theirs = written[start:], meant[start:]
    swapped = ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:]
    return swapped or ours[1:] == theirs[1:] or ours[1:] == theirs or ours == theirs[1:]


def holds_header_fields(name: str, value: object) -> bool:
    """Tell whether a text is the value of header fields, e.g. `otel_headers: x-team=abc`."""
    named = name.lower().endswith(("header", "headers"))
    return named and isinstance(value, str) and bool(_HEADER_FIELD.search(value))


def without_comments(line: str, hidden: str) -> str:
    """Return a line of YAML, with `hidden` for the value of a secret that is commented out."""
    found = _COMMENTED.search(line)
    if found is None or not may_hold_secrets(found["name"]):
        return line
    if found["value"].startswith("${env.") and ":=" not in found["value"]:
        return line
    return line[: found.start("value")] + hidden

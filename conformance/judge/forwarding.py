"""Repeats what the releases refuse of the headers that a provider is to pass on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.schemas.whole_checks import VARIABLE, in_any_case

if TYPE_CHECKING:
    from conformance.schemas.reading import Json

HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
NEVER = """
    connection content-length content-type cookie forwarded host proxy-authorization set-cookie te
    trailer transfer-encoding upgrade x-forwarded-for x-forwarded-host x-forwarded-prefix
    x-forwarded-proto x-real-ip
"""
# The same as JSON Schema, but for what `extra_blocked_headers` blocks: no schema compares two keys.
AS_JSON_SCHEMA: dict[str, Json] = {
    "extra_blocked_headers": {"items": {"pattern": r"\S"}},
    "forward_headers": {
        "propertyNames": {"not": {"pattern": "^__"}},
        "additionalProperties": {
            "anyOf": [
                {
                    "pattern": rf"^\s*{HEADER.pattern}\s*$",
                    "not": {"pattern": rf"^\s*({'|'.join(map(in_any_case, NEVER.split()))})\s*$"},
                },
                VARIABLE,
            ]
        },
    },
}


def refused(value: Json, model: Json) -> str:
    """Return why a provider's `forward_headers` are refused; "" if they are not."""
    del model
    blocked = [str(name).strip().lower() for name in value.get("extra_blocked_headers") or ()]
    if "" in blocked:
        return "`extra_blocked_headers` has an empty name"
    for key, header in (value.get("forward_headers") or {}).items():
        name = str(header).strip()
        if str(key).startswith("__"):
            return f"`forward_headers` has the reserved key `{key}`"
        if not HEADER.fullmatch(name):
            return f"`forward_headers` names `{header}`, which is no header"
        if name.lower() in {*NEVER.split(), *blocked}:
            return f"`forward_headers` must not pass on `{header}`"
    return ""

"""Knows what a key looks like, in every form it can take, and takes it out of texts."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

REDACTED = "[key]"

# Keys as the three vendors issue them, whole or partly masked as their 401 bodies quote them.
KEY_LIKE = re.compile(
    r"(?:sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_\-]{3,}(?:\*+[A-Za-z0-9_\-]*)?[A-Za-z0-9_\-]*"
    r"|AIza[0-9A-Za-z_\-]{8,}(?:\*+[0-9A-Za-z_\-]*)?"
    r"|\bsk-[A-Za-z0-9_\-]*\*{3,}[A-Za-z0-9_\-]*)"
)
BEARER = re.compile(r"(?i)(bearer\s+)[^\s\"',;\\]{8,}")
SHORTEST = 8  # a shorter "secret" would also redact ordinary words


def forms(secret: str) -> set[str]:
    """Return the texts in which a secret may appear: raw, escaped, percent-coded, base64."""
    raw = secret.encode()
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        *encoded,
        *(text.rstrip("=") for text in encoded),
    }


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return the text without the known secrets, in any form, and without key-like words."""
    for secret in known:
        if len(secret) >= SHORTEST:
            for form in sorted(forms(secret), key=len, reverse=True):
                text = text.replace(form, REDACTED)
    return KEY_LIKE.sub(REDACTED, BEARER.sub(rf"\1{REDACTED}", text))

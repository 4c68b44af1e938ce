"""Decides what of an exchange may be stored: an allow-list, and placeholders for what identifies.

Whatever is not named here never reaches a cassette.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from conformance import tapes
from conformance.secrets import KEY_LIKE, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

REQUEST_HEADERS = frozenset({"accept", "content-type"})
RESPONSE_HEADERS = frozenset({
    "content-type",
    "openai-version",
    "retry-after",
    "retry-after-ms",
    "server",
    "vary",
    "x-request-id",
})
RESPONSE_HEADER_PREFIXES = ("x-ratelimit-",)
PLACEHOLDERS = {"x-request-id": "[request-id]"}

# Ids of accounts, as vendors write them into bodies: organisation, project, user, request.
ACCOUNT_IDS = re.compile(
    r"\b(?P<kind>org|proj|user|req|acct|workspace|wrkspc)[-_](?=[A-Za-z0-9]*\d)[A-Za-z0-9]{10,}\b"
)


def interaction(
    request: Mapping[str, Any], response: Mapping[str, Any], known: Iterable[str] = ()
) -> tapes.Interaction:
    """Return what may be stored of an exchange; `known` are the secrets used in it.

    `request` has method, uri, body and headers, `response` has status, headers and body; header
    values may be texts or lists, bodies text or bytes.
    """
    known = tuple(known)
    return {
        "request": {
            "method": request["method"],
            "uri": _clean(_without_userinfo(request["uri"]), known),
            "body": _body(request["body"], known),
            "headers": _headers(request["headers"], REQUEST_HEADERS, (), known),
        },
        "response": {
            "status": {
                "code": response["status"]["code"],
                "message": _clean(response["status"]["message"] or "", known),
            },
            "headers": _headers(
                response["headers"], RESPONSE_HEADERS, RESPONSE_HEADER_PREFIXES, known
            ),
            "body": {"string": _body(response["body"]["string"], known)},
        },
    }


def leaks(text: str, known: Iterable[str] = ()) -> list[str]:
    """Return why a text may not be stored, each reason without the secret itself; [] if it may."""
    reasons = []
    if redact(text, known) != text:
        line = next(n for n, part in enumerate(text.splitlines(), 1) if redact(part, known) != part)
        what = "a key-like word" if KEY_LIKE.search(text) else "a secret or bearer token"
        reasons.append(f"line {line} holds {what}")
    if ACCOUNT_IDS.search(text):
        reasons.append("an account id is not replaced by a placeholder")
    return reasons


class LeakError(Exception):
    """A text that was about to be stored holds a secret; the message does not."""


def refuse_leaks(file: Path, text: str, known: Iterable[str] = ()) -> None:
    """Raise `LeakError` if the text of a cassette may not be stored."""
    if reasons := leaks(text, known):
        raise LeakError(f"{file}: {'; '.join(reasons)}; not written")


def _clean(text: str, known: tuple[str, ...]) -> str:
    return ACCOUNT_IDS.sub(r"[\g<kind>-id]", redact(text, known))


def _body(body: Any, known: tuple[str, ...]) -> str:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    return _clean(tapes.readable(text.replace("\r\n", "\n")), known)


def _headers(
    headers: Mapping[str, Any],
    allowed: frozenset[str],
    prefixes: tuple[str, ...],
    known: tuple[str, ...],
) -> dict[str, list[str]]:
    kept = {}
    for name, value in sorted((name.lower(), value) for name, value in headers.items()):
        if name in allowed or name.startswith(prefixes or ("\0",)):
            values = [value] if isinstance(value, str) else list(value)
            kept[name] = [PLACEHOLDERS.get(name) or _clean(str(each), known) for each in values]
    return kept


def _without_userinfo(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

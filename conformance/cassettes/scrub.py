"""Decides what of an exchange may be stored: an allow-list, and placeholders for what identifies.

Whatever is not named here never reaches a cassette.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from conformance.cassettes import recordings
from conformance.core.identities import without_secrets
from conformance.core.redaction import KEY_LIKE, REDACTED, TOKEN, disguises, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

REQUEST_HEADERS = frozenset({"accept", "content-type"})
RESPONSE_HEADERS = frozenset(
    {
        "content-type",
        "deprecation",
        "location",
        "openai-version",
        "retry-after",
        "retry-after-ms",
        "server",
        "sunset",
        "vary",
        "x-request-id",
        "x-should-retry",
    }
)
RESPONSE_HEADER_PREFIXES = ("anthropic-ratelimit-", "x-ratelimit-")
PLACEHOLDERS = {"x-request-id": "[request-id]"}
UNDECODED = "\ufffd"

_SECRET_FIELD = re.compile(
    r"(?i)([?&;](?:api[-_]?key|key|(?:access[-_]?)?token|sig(?:nature)?)=)(?!\[key\])[^&;#\s\"']+"
)


def interaction(
    request: Mapping[str, Any], response: Mapping[str, Any], known: Iterable[str] = ()
) -> recordings.Interaction:
    """Return what may be stored of an exchange; `known` are the secrets used in it.

    `request` has method, uri, body and headers, `response` has status, headers and body; header
    values may be texts or lists, bodies text or bytes.
    """
    known = tuple(known)
    return {
        "request": {
            "method": request["method"],
            "uri": uri(request["uri"], known),
            # The order is the SDK's, which differs from version to version, and nobody's promise.
            "body": body(request["body"], known, ordered=True),
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
            "body": {"string": body(response["body"]["string"], known)},
        },
    }


def uri(text: str, known: Iterable[str] = ()) -> str:
    """Return a URL as it may be stored: without user and password, and without keys."""
    known = tuple(known)
    try:
        parts = urlsplit(text)
        text = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:  # no URL, so there is no user in it
        pass
    return _clean(_SECRET_FIELD.sub(rf"\1{REDACTED}", text), known)


def body(content: Any, known: Iterable[str] = (), *, ordered: bool = False) -> str:
    """Return a body as it may be stored, its JSON indented and, if asked, its keys ordered."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content or ""
    return _clean(recordings.readable(text.replace("\r\n", "\n"), ordered=ordered), tuple(known))


def _clean(text: str, known: tuple[str, ...]) -> str:
    return without_secrets(text, known)


def _headers(
    headers: Mapping[str, Any],
    allowed: frozenset[str],
    prefixes: tuple[str, ...],
    known: tuple[str, ...],
) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for name, value in sorted((name.lower(), value) for name, value in headers.items()):
        if _allowed(name, allowed, prefixes):
            values = [value] if isinstance(value, str) else list(value)
            clean = uri if name == "location" else _clean
            texts = [PLACEHOLDERS.get(name) or clean(str(each), known) for each in values]
            kept.setdefault(name, []).extend(texts)
    return kept


def _allowed(name: str, allowed: frozenset[str], prefixes: tuple[str, ...]) -> bool:
    return name in allowed or any(name.startswith(prefix) for prefix in prefixes)


def leaks(text: str, known: Iterable[str] = ()) -> list[str]:
    """Return why a text may not be stored, each reason without the secret itself; [] if it may."""
    known = tuple(known)
    reasons = []
    if redact(text, known) != text:
        lines = enumerate(text.splitlines(), 1)
        where = next((f"line {n}" for n, line in lines if redact(line, known) != line), "it")
        reasons.append(f"{where} holds a key or something like one")
    if any(KEY_LIKE.search(each) or TOKEN.search(each) for each in disguises(text)):
        reasons.append("it holds an escaped or encoded key or something like one")
    if not reasons and without_secrets(text, known) != text:
        reasons.append("it holds the id of an account, a request or a machine, or a key in pieces")
    if UNDECODED in text:
        reasons.append("it holds bytes that could not be decoded (U+FFFD)")
    return reasons


def unlisted(recording: recordings.Recording) -> Iterator[str]:
    """Yield a reason for every header that is stored though it is not on the allow-list."""
    lists = {
        "request": (REQUEST_HEADERS, ()),
        "response": (RESPONSE_HEADERS, RESPONSE_HEADER_PREFIXES),
    }
    for number, each in enumerate(recording.interactions):
        for side, (allowed, prefixes) in lists.items():
            for name in each[side].get("headers") or {}:
                if not _allowed(name.lower(), allowed, prefixes):
                    yield f"the {side} of answer {number} holds the header `{name}`, not to be kept"


class LeakError(Exception):
    """A text that was about to be stored holds a secret; the message does not."""


def refuse_leaks(file: Path, recording: recordings.Recording, known: Iterable[str] = ()) -> None:
    """Raise `LeakError` if a recording may not be stored.

    The text of the file is looked through, and every value in it: what YAML escapes or folds in
    the one is plain in the other.
    """
    known = tuple(known)
    texts = [recordings.rendered(recording), *_texts(recording.interactions)]
    reasons = [reason for text in texts for reason in leaks(text, known)]
    if reasons := list(dict.fromkeys([*reasons, *unlisted(recording)])):
        raise LeakError(f"{file}: {'; '.join(reasons)}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield str(name)
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)

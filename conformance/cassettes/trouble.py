"""Tells an answer that is a fact about the vendor from trouble with an account or the network.

Only a fact is worth recording: no credit, no access from here, a filter's page say nothing of what
the gateway's callers get from the vendor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.cassettes import recordings
from conformance.cassettes.shapes import kind
from conformance.vendors.unsettled import IN_QUESTION

PASSING: Final = frozenset({408, 425, 429})  # and 5xx: a vendor that would answer another day
REFUSING: Final = frozenset({401, 403})
KEY_REFUSED: Final = ("API_KEY_INVALID", "API key expired")  # Gemini refuses a key with a 400
REDIRECT, ERROR, NOT_FOUND, SERVER_ERROR = 300, 400, 404, 500
UNDECODED: Final = "\ufffd"

# Words in which vendors refuse an account or a place, as public reports quote them.
_ACCOUNT: Final = {
    "the account has no credit": r"credit balance|insufficient_quota|billing|payment required",
    "the vendor refuses this location": r"location is not supported|unsupported_country"
    r"|country, region, or territory|ip_not_authorized|not authorized from this ip",
    "the account has no access": r"does not have access|insufficient permissions|missing scopes"
    r"|permission_denied|is blocked|has been disabled|account_deactivated|deactivated",
}
_WORD: Final = re.compile(r"[A-Za-z_]{3,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A live answer, as far as it matters here.

    `own_key` says whether the request carried the vendor's real key, `streamed` whether it asked
    for a stream, `before` is the status of the answer that was recorded before, if there is one.
    """

    upstream: str
    method: str
    path: str
    status: int
    text: str
    own_key: bool
    streamed: bool = False
    before: int | None = None

    @property
    def in_question(self) -> bool:
        """Whether the vendor's documents leave open that this path can be asked at all."""
        return (self.upstream, self.method, self.path) in IN_QUESTION

    @property
    def refuses_key(self) -> bool:
        """Whether this is how the vendor refuses a key, or the way it was sent."""
        return self.status in REFUSING or any(words in self.text for words in KEY_REFUSED)


def trouble(got: Answered, *, accept_changed: bool = False) -> str:
    """Return why a live answer must not be recorded, or ""."""
    if UNDECODED in got.text:
        return f"got {got.status}, with a body that cannot be decoded"
    if got.status in PASSING or got.status >= SERVER_ERROR:
        return described(got)
    if reason := _from_the_network(got):
        return f"got {got.status}, {reason}"
    if not got.own_key or got.status < ERROR:
        return ""
    return _refused(got, accept_changed=accept_changed)


def _refused(got: Answered, *, accept_changed: bool) -> str:
    """Return why a refusal of the vendor's own key is no fact about the vendor, or ""."""
    account = _of_the_account(got)
    if account or got.in_question:
        return account
    if got.refuses_key:
        return f"{described(got)} with the key of {got.upstream}"
    answered_before = got.before is not None and got.before < REDIRECT
    if answered_before and not accept_changed:
        return f"{described(got)} where {got.before} was recorded; `--accept-changed` records it"
    return ""


def _of_the_account(got: Answered) -> str:
    """Return the trouble with an account that a refusal tells of, or "".

    Refusing the name of a model with a 404, OpenAI mentions access too.
    """
    found = (r for r, words in _ACCOUNT.items() if re.search(words, got.text, re.IGNORECASE))
    reason = next(found, "")
    return f"{described(got)}: {reason}" if reason and got.status != NOT_FOUND else ""


def described(got: Answered) -> str:
    """Return the status of an answer, with the vendor's own word for an error if it has one."""
    return f"got {got.status}{_code(got.text)}"


def _from_the_network(got: Answered) -> str:
    """Return what shows that something between here and the vendor has answered, or ""."""
    body = kind(got.text)
    page = "<html" in got.text.lower() or "<!doctype" in got.text.lower()
    if REDIRECT <= got.status < ERROR:
        return "a redirect: a filter or a page to log in at"
    if body == "text" and page and got.status != NOT_FOUND:
        return "a page for people: from a filter, or to log in at"
    if got.status < REDIRECT and body not in {"JSON", "stream"}:
        return "neither JSON nor a stream"
    if got.streamed and body == "stream" and not _has_an_end(got.text):
        return "a stream that broke off"
    return ""


def _has_an_end(text: str) -> bool:
    return "[DONE]" in text or re.search(r'"finish_reason":\s*"', text) is not None


def _code(text: str) -> str:
    """Return the vendor's own word for an error, in brackets, if there is one."""
    body = recordings.parsed(text)
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ""
    words = (error.get(name) for name in ("code", "status", "type"))
    found = (word for word in words if isinstance(word, str) and _WORD.fullmatch(word))
    return next((f" ({word})" for word in found), "")

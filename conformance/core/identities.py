"""Knows what identifies an account, a person or a machine, and takes it out of texts.

Vendors write such ids into bodies, headers and errors. Keys are the business of `redaction`.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from conformance.core.disguised import without_disguised
from conformance.core.pieces import without_pieces
from conformance.core.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

# A digit or a capital within the word distinguishes an id from a word like `user_satisfaction`.
_IDENT: Final = r"(?=[A-Za-z0-9]*(?:\d|[a-z][A-Z]))[A-Za-z0-9]{10,}"
_QUOTE: Final = r"[\\\"'`]*"
_IS: Final = rf"{_QUOTE}\s*[:=]\s*{_QUOTE}"
# Between a header and its value, as logs write them too: `(b'cf-ray', b'…')`.
_HAS: Final = rf"{_QUOTE}\s*[:=,]\s*b?{_QUOTE}"
_NAME: Final = r"[a-z][a-z0-9\-]{4,28}[a-z0-9]"  # of a project at Google
_PUBLIC_OWNERS: Final = r"(?:system|openai(?:-[a-z]+)?|google|anthropic|library)"

PATTERNS: Final = (
    (
        re.compile(
            rf"\b((?i:org|proj|user|req|acct|workspace|wrkspc|sess|svc_?acct|batch|apikey))"
            rf"[-_]{_IDENT}\b"
        ),
        r"[\1-id]",
    ),
    # Google counts its projects: `projects/123456789012`, `project_number:123456789012`.
    (
        re.compile(
            r"(?i)\b(projects?(?:[-_ ]?(?:number|id))?(?:\\*\"?\s*[:=/]\s*\\*\"?|\s+))\d{6,}"
        ),
        r"\1[project-id]",
    ),
    (re.compile(r"\bgen-lang-client-\d+\b"), "[project]"),
    (re.compile(rf"(?i)\b(projects\\*/){_NAME}\b(?!\])"), r"\1[project]"),
    (
        re.compile(rf"(?i)\b(project(?:[-_ ]?(?:id|name))?)({_IS}){_NAME}\b(?!\])"),
        r"\1\2[project]",
    ),
    # A fine-tuned model carries the organisation's name: `ft:gpt-4o-mini:acme::AbC123`.
    (re.compile(r"\bft:([A-Za-z0-9.\-]+):[A-Za-z0-9_.:\-]+"), r"ft:\1:[account]"),
    (
        re.compile(rf'("owned_by"\s*:\s*")(?!{_PUBLIC_OWNERS}"|\[)[^"\\]+'),
        r"\1[account]",
    ),
    (
        re.compile(
            r"(?i)\b(organi[sz]ation|account|workspace)(\s+(?:named\s+)?)([\"'`])(?!\[)[^\"'`\n]+\3"
        ),
        r"\1\2\3[account]\3",
    ),
    (re.compile(r"\b[A-Za-z0-9_.+\-]+@[A-Za-z0-9\-]+\.[A-Za-z0-9.\-]*[A-Za-z]\b"), "[email]"),
    (
        re.compile(
            rf"(?i)\b((?:x-)?(?:(?:cloud-)?trace(?:[-_ ]?(?:id|context))?|span[-_ ]?id|ray[-_ ]?id"
            rf"|request[-_ ]?id|correlation[-_ ]?id|session[-_ ]?id|cf-ray|b3))({_HAS}|\s+)"
            rf"(?=[A-Za-z\-]*\d)[A-Za-z0-9][A-Za-z0-9\-_/;=]{{7,}}"
        ),
        r"\1\2[trace-id]",
    ),
    (
        re.compile(
            r"(?i)\b(openai-organization|openai-project|anthropic-organization-id"
            rf"|x-goog-user-project)({_HAS})(?!\[)[\w.\-]+"
        ),
        r"\1\2[account]",
    ),
    (re.compile(r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b"), "[trace-id]"),
    (re.compile(r"\bRoot=1-[0-9a-f]{8}-[0-9a-f]{24}\b"), "Root=[trace-id]"),
    (
        re.compile(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        "[uuid]",
    ),
    (
        re.compile(
            r"(?i)\b((?:set-)?cookie['\"]?\s*[:,=]\s*)(?![\[\sb'\"]*\[cookie\])"
            r"(\[?(?:b?['\"])?)[^'\"\s][^'\"\r\n]*"
        ),
        r"\1\2[cookie]",
    ),
    (re.compile(r"\b(__cf_bm|_cfuvid|__cflb|NID|SIDCC)=(?!\[)[^;,\s\"'\[\]]+"), r"\1=[cookie]"),
)
_ADDRESS: Final = re.compile(
    r"(?<![\w.:\-/])(?:(?:\d{1,3}\.){3}\d{1,3}|(?=[0-9A-Fa-f:]*::|(?:[0-9A-Fa-f]{1,4}:){7})"
    r"[0-9A-Fa-f:]{6,39})(?![\w:]|\.\d)"
)


def without_identities(text: str) -> str:
    """Return the text with a placeholder for each id of an account, person, request or machine.

    A word that holds one in an encoding is taken out as a whole.
    """
    return without_disguised(_without_plain(text), _without_plain)


def _without_plain(text: str) -> str:
    for pattern, placeholder in PATTERNS:
        text = pattern.sub(placeholder, text)
    return _ADDRESS.sub(_without_address, text)


def without_secrets(text: str, known: Iterable[str] = ()) -> str:
    """Return the text without keys and ids, also those that fields of one name hold in pieces."""
    known = tuple(known)

    def clean(piece: str) -> str:
        return without_identities(redact(piece, known))

    return clean(without_pieces(text, clean))


def _without_address(found: re.Match[str]) -> str:
    """Addresses of this machine, and numbers that are no address, tell nothing and stay."""
    try:
        address = ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    own = address.is_loopback or address.is_unspecified
    return found[0] if own else "[ip-address]"

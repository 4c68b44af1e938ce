"""Knows which fields of a config hold secrets, and keeps their values out of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.core import redaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# `max_tokens` counts, `next_page_token` and `api_token` do not. Those of AWS are what its tools and
# the releases call them, which keep both as `SecretStr`.
_LONG = (
    r"\w+_(?:key|token|secret|password|passwd|credential)|(?:x-(?:\w+-)*)?api-key"
    r"|aws_(?:access_key_id|bearer_token_bedrock)"
    r"|(?-i:[a-z]\w*(?:Key|Token|Secret|Password))"  # `monkey` is none
)
_SHORT = r"password|passwd|secret|token|apikey|authorization|credentials?"
SECRET_NAME = re.compile(rf"(?i:{_LONG}|{_SHORT})")
_SEVERAL = ("keys", "passwords", "secrets")
HEADERS = frozenset({"headers", "extra_headers", "default_headers"})
# Whatever stands inside these is a secret, under any name.
HOLDERS = HEADERS | {"secrets", "passwords", "credentials"}
HARMLESS = frozenset({"", "none", "null", "true", "false"})

# A field and its value as Python, JSON, YAML and command lines write them. Without quotes a short
# name is an ordinary word before a colon. What stands in place of a variable that is set is a
# secret in the field of one alone: elsewhere most are names of providers.
_QUOTE = r"\\*[\"']"
_FIELD = re.compile(
    r"(?P<aside>\$\{env\.\w+:\+[^}\n]*\})"
    rf"|(?P<before>(?:(?P<quote>{_QUOTE})(?i:{_LONG}|{_SHORT})(?P=quote)|\b(?i:{_LONG}|passw(?:or)?d))"
    r"\s*(?>:=|[:=])\s*(?:SecretStr\()?)"
    rf"(?P<value>(?P<open>{_QUOTE})(?:\\.|(?!(?P=open)).)*?(?P=open)"
    r"|(?:Bearer\s+)?(?:\$\{env[^}\n]*\}|[^\s,;'\"{}\[\]()\\])+)"
)
_IN_QUERY = re.compile(
    rf"(?P<before>[?&](?i:{_LONG}|{_SHORT}|key|sig|signature|pwd|pass)=)(?!\$\{{env\.\w+\}})"
    r"[^&\s#'\"]+"
)
# Up to the last `@`, for a password may hold one. It may hold a slash or a quote too, which else
# end the user's part: what follows the colon is then no port, nor a closing quote. A URL that was
# taken for a path has one slash.
_USER_INFO = re.compile(
    r"(?:(?<=://)|(?<=:\\/\\/)|(?<=\w:/))(?:[^\s/'\"]+|[^\s/@:'\"]*:(?!\d+(?:[/?#'\"\s]|$))"
    r"(?:[^\s'\"]|['\"](?![\s,:}\])]|$))+)(?=@)"
)
_ENCODED_USER_INFO = re.compile(r"(?i)(?<=%3A%2F%2F)(?:(?!%2F)[^\s/'\"&@])+(?=%40|@)")
_AUTHORIZATION = re.compile(
    r"(?P<before>\bauthorization\b[\\\"']*\s*[:=]\s*[\\\"']*(?:bearer|basic|token|apikey)\s+)"
    r"[^\s,;'\"\\{}]+",
    re.IGNORECASE,
)
# What pydantic says of a value it refuses: the field's name, and a line with the value.
_REFUSED = re.compile(
    rf"(?m)(?P<before>^(?:[^\s]*\.)?(?i:{_LONG}|{_SHORT})\n[^\n]*\binput_value=)"
    r"(?P<value>[^\n]*?)(?=, input_type=)"
)
_VARIABLE = re.compile(r"(?P<name>\$\{env\.\w+)(?:(?P<sign>:[=+]?)(?P<default>[^}\n]*))?\}")
NO_DEFAULT = re.compile(r"\$\{env\.\w+:[=+]?\}")  # or an empty one
SHOWN = frozenset({redaction.REDACTED, "********"})


def concealed(text: str, known: Iterable[str] = ()) -> str:
    """Return a text that may be shown: without keys, and without the value of any secret field.

    A value is taken out for the name of its field, whatever it looks like, and so are the user's
    part of a URL and secrets in its query. `known` are values that may stand anywhere.
    """
    text = redaction.redact(text, known)
    for pattern in (_IN_QUERY, _AUTHORIZATION, _REFUSED):
        text = pattern.sub(rf"\g<before>{redaction.REDACTED}", text)
    for pattern in (_USER_INFO, _ENCODED_USER_INFO):
        text = pattern.sub(redaction.REDACTED, text)
    return _FIELD.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    if found["aside"]:
        return found[0]
    quote = found["open"] or ""
    bare = found["value"].removeprefix(quote).removesuffix(quote)
    if bare.lower() in HARMLESS or bare in SHOWN:
        return found[0]
    return f"{found['before']}{quote}{veiled(bare)}{quote}"


def veiled(secret: str) -> str:
    """Return what is shown of a secret: nothing, but the names of variables that it comes of."""
    shown, at = "", 0
    for found in _VARIABLE.finditer(secret):
        default = redaction.REDACTED if found["default"] else ""
        shown += redaction.REDACTED if found.start() > at else ""
        shown += f"{found['name']}{found['sign'] or ''}{default}}}"
        at = found.end()
    return shown + (redaction.REDACTED if at < len(secret) else "")


def holds_secrets(name: str) -> bool:
    """Tell whether all that stands in a field of this name is secret: one, a list, a mapping."""
    several = name.lower().endswith(_SEVERAL)
    return name in HOLDERS or bool(SECRET_NAME.fullmatch(name[:-1] if several else name))


def secrets(value: Any, name: str = "", *, inside: bool = False) -> Iterator[str]:
    """Yield the values of all secret fields of a parsed config, and the secrets in its URLs.

    What a variable stands for is the caller's to resolve first.
    """
    if isinstance(value, dict):
        for field, child in value.items():
            holds = inside or holds_secrets(str(field))
            yield from secrets(child, str(field), inside=holds)
    elif isinstance(value, list):
        for child in value:
            yield from secrets(child, name, inside=inside)
    elif isinstance(value, str | int | float) and str(value).lower() not in HARMLESS:
        if inside or holds_secrets(name):
            yield str(value)  # a key of digits alone is a number to YAML
        if isinstance(value, str) and "://" in value:
            yield from _of_url(value)


def _of_url(url: str) -> Iterator[str]:
    for found in _IN_QUERY.finditer(url):
        yield found[0].removeprefix(found["before"])
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        yield password

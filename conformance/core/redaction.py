"""Knows what a key looks like, in every form it can take, and takes it out of texts."""

from __future__ import annotations

import base64
import binascii
import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REDACTED = "[key]"
SHORTEST = 8  # a shorter "secret" would also redact ordinary words
FRAGMENT = 12  # so much of a key, from anywhere in it, is no coincidence
DEEPEST = 4  # escapes within escapes
SHOWN = 4  # characters left of a partly masked key, at both ends together

_MASK = r"(?:\*{2,}|•{2,}|…+|\.{3,}|[xX]{4,}|#{4,}|(?:\\+u202[26])+)"
_MASKED = rf"(?:sk-|AIza)[A-Za-z0-9_\-]*{_MASK}[A-Za-z0-9_\-]*"
MASK = re.compile(_MASK)
MASKED_KEY = re.compile(_MASKED)

# Keys as vendors and their neighbours issue them, and as their 401 bodies quote them, masked.
KEY_LIKE = re.compile(
    r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_\-]{6,}"
    # Behind an escape such as `\n` or `%20` there is no boundary, but chance makes no such words.
    r"|sk-(?=[A-Za-z_\-]*\d)(?=[a-z0-9_\-]*[A-Z])[A-Za-z0-9_\-]{16,}"
    r"|AIza[0-9A-Za-z_\-]{8,}"
    rf"|{_MASKED}"
    r"|\b(?:ya29\.|AQ\.|gh[opsu]_|github_pat_|hf_|gsk_|xai-|xox[bp]-)[A-Za-z0-9_\-]{16,}"
    r"|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+"
)
TOKEN = re.compile(
    r"(?P<scheme>\b(?i:bearer)(?:\s|%20|\+|\\+u0020)+)(?=[^\s\"',;\\]*[\dA-Z_\-])[^\s\"',;\\]{8,}"
    r"|(?P<basic>\b(?i:basic)(?:\s|%20)+)(?=[a-z]*[A-Z\d])[A-Za-z0-9+/_\-]{12,}={0,2}"
)

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_BASE64_WORD = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")
_BACKSLASH = r"(?:\\|%(?:25)*5c)"
_BREAK = rf"(?i:\s|{_BACKSLASH}+(?:[nr]|u000[ad])|%(?:25)*(?:0[ad]|20))*"
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return the text without the known secrets, in any form, and without key-like words.

    Forms are: raw in either case, escaped for JSON, a URL, HTML or Python, wholly or in part;
    base64 of a text that contains the secret; hexadecimal; a longer piece; partly masked. A line
    that hides it behind several escapes, one within another, is taken out as a whole.
    """
    # First: a known key with the same beginning as a masked one would leave the end of that.
    text = MASKED_KEY.sub(REDACTED, text)
    for secret in dict.fromkeys(known):
        text = _without(secret, text)
    return KEY_LIKE.sub(REDACTED, TOKEN.sub(_keep_the_scheme, text))


def holds(text: str, secret: str) -> bool:
    """Return whether a text holds this very secret, in any of the forms that `redact` knows."""
    return _without(secret, text) != text


def _without(secret: str, text: str) -> str:
    if len(secret) < SHORTEST:
        return text
    spelt, coded = _patterns(secret)
    text = _without_words(coded, spelt.sub(REDACTED, text))
    text = _without_masked(secret, _without_pieces(secret, text))
    return _without_lines(secret, text)


def disguises(text: str) -> Iterator[str]:
    """Yield what a text says once its percent and JSON escapes are resolved, and its base64."""
    yield resolved(text)
    for word in _BASE64_WORD.findall(text):
        letters = word.rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            raw = base64.b64decode(letters[: len(letters) // 4 * 4], validate=True)
        except binascii.Error:  # pragma: no cover - the pattern lets only base64 pass
            continue
        yield raw.decode("latin-1")


def resolved(text: str) -> str:
    """Return a text with its escapes resolved, and those within them."""
    for _ in range(DEEPEST):
        before = text
        text = html.unescape(unquote(text))
        text = re.sub(r"\\+[ux](?:00)?([0-9a-fA-F]{2})(?![0-9a-fA-F]{2})", _letter, text)
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", _letter, text)
        if text == before:
            break
    return text


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _without_lines(secret: str, text: str) -> str:
    plain = secret.replace("\\", "").casefold()
    if not any(sign in text for sign in "%\\&"):
        return text
    if plain not in resolved(text).replace("\\", "").casefold():
        return text
    lines = text.split("\n")
    hidden = [plain in resolved(line).replace("\\", "").casefold() for line in lines]
    if not any(hidden):  # it is spread over lines
        return REDACTED
    return "\n".join(REDACTED if h else t for h, t in zip(hidden, lines, strict=True))


def _keep_the_scheme(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['basic']}{REDACTED}"


@lru_cache(maxsize=64)
def _patterns(secret: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds a secret however it is spelt, and what finds it in base64."""
    raw = secret.encode()
    spelt = "".join(f"(?:{'|'.join(_spellings(letter))})" for letter in secret)
    cores = [_BREAK.join(map(_base64_letter, core)) for core in sorted(_base64_cores(raw))]
    # Looking at one letter first is what makes a long text without a key quick.
    first = f"(?=[{re.escape(secret[0] + raw.hex()[0])}\\\\%&+])"
    begin = "".join(sorted({core.lstrip("(")[0] for core in cores if core[0].isalnum()}))
    return (
        re.compile(f"{first}(?:{spelt}|{raw.hex()})", re.IGNORECASE),
        re.compile(f"(?=[{begin}+/_%\\\\-])(?:{'|'.join(cores)})"),
    )


def _spellings(letter: str) -> Iterator[str]:
    units = letter.encode("utf-16-be")
    pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    raw = letter.encode()
    escaped = "" if letter.isalnum() else f"{_BACKSLASH}*"
    yield escaped + re.escape(letter)
    yield escaped + "".join(f"%(?:25)*{byte:02x}" for byte in raw)
    yield "".join(f"{_BACKSLASH}+u{pair}" for pair in pairs)
    yield "".join(f"{_BACKSLASH}+x{byte:02x}" for byte in raw)
    yield f"&#(?:{ord(letter)}|x{ord(letter):x});"
    if letter in _ENTITIES:
        yield f"&{_ENTITIES[letter]};"
    if letter == " ":
        yield r"\+"


def _base64_cores(raw: bytes) -> set[str]:
    """Return what base64 makes of the bytes behind 0, 1 or 2 others, without what those decide."""
    cores = set()
    for shift, begin in enumerate((0, 2, 3)):
        coded = base64.b64encode(bytes(shift) + raw).decode()
        cores.add(coded[begin : (shift + len(raw)) * 8 // 6])
    return cores


def _base64_letter(letter: str) -> str:
    both = {"+": "+-", "/": "/_"}.get(letter)
    if both is None:
        return letter
    escaped = "|".join(f"%(?:25)*{ord(each):02x}|{_BACKSLASH}+u{ord(each):04x}" for each in both)
    return f"(?:{_BACKSLASH}*[{re.escape(both)}]|(?i:{escaped}))"


def _without_words(pattern: re.Pattern[str], text: str) -> str:
    """Redact every base64 word in which the pattern is found, up to the word's ends."""
    kept, place = [], 0
    for found in pattern.finditer(text):
        if found.start() < place:
            continue
        begin, end = found.span()
        while begin > place and text[begin - 1] in _WORD:
            begin -= 1
        while end < len(text) and text[end] in _WORD:
            end += 1
        kept += [text[place:begin], REDACTED]
        place = end
    return "".join([*kept, text[place:]])


def _without_pieces(secret: str, text: str) -> str:
    """Redact every piece of the secret that is `FRAGMENT` characters long or longer."""
    half = FRAGMENT // 2  # any piece that long holds one of these whole
    for start in range(0, len(secret) - half + 1, half):
        part = secret[start : start + half]
        place = text.find(part)
        while place >= 0:
            before = _common(text[:place][::-1], secret[:start][::-1])
            after = _common(text[place:], secret[start:])
            if before + after >= FRAGMENT:
                text = text[: place - before] + REDACTED + text[place + after :]
            place = text.find(part, place + 1)
    return text


def _common(one: str, other: str) -> int:
    length = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            break
        length += 1
    return length


def _without_masked(secret: str, text: str) -> str:
    """Redact what is left of the secret around asterisks, dots and the like."""
    kept, place = [], 0
    for mask in MASK.finditer(text):
        before, after = text[place : mask.start()], text[mask.end() : mask.end() + len(secret)]
        head = max(n for n in range(len(secret)) if before.endswith(secret[:n]))
        tail = max(n for n in range(len(secret)) if after.startswith(secret[len(secret) - n :]))
        if head + tail >= SHOWN and mask.start() >= place:
            kept += [before[: len(before) - head], REDACTED]
            place = mask.end() + tail
    return "".join([*kept, text[place:]])

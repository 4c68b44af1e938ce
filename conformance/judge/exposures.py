"""Finds what a config gives away that is no gotcha of a release: keys in clear, callers' names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.core import fields
from conformance.judge.finding import Effect, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Finding

IDENTITY = re.compile(r"(?i)authorization|cookie|x-(?:\w+-)*(?:user|identity|token)")
# Words of texts that open nothing, as configs have them where a key is demanded and not used.
PLACEHOLDERS = frozenset(
    ("changeme", "dummy", "empty", "example", "fake", "here", "needed", "placeholder", "your")
)
OF_A_FILE = re.compile(r"~?\.{0,2}/\S+|\S+\.(?:key|pem|crt)")  # where a key is, not a key
SHORTEST_KEY = 8


def findings(case: Case) -> Iterator[Finding]:
    """Yield keys in clear, and headers that tell the vendor who the caller is."""
    yield from _forwarded(case)
    for path, value in case.texts:
        if "${" not in value and fields.SECRET_NAME.fullmatch(str(path[-1])) and _is_key(value):
            yield shown(
                "key-in-clear",
                Effect.EXPOSES,
                path,
                f"`{path[-1]}` stands in the file in clear",
                "take it from a variable: `${env.NAME}`",
                gotcha=None,
            )


def _is_key(value: str) -> bool:
    """Return whether a text can be a key, rather than asterisks, a file or words in its place."""
    words = set(re.findall(r"[a-z]+", value.lower()))
    said = words & PLACEHOLDERS or OF_A_FILE.fullmatch(value) or len(set(value)) == 1
    return len(value) >= SHORTEST_KEY and not said


def _forwarded(case: Case) -> Iterator[Finding]:
    for provider in case.of_type("remote::passthrough"):
        headers = provider.config.get("forward_headers")
        for key, header in headers.items() if isinstance(headers, dict) else ():
            if IDENTITY.fullmatch(str(header)):
                yield shown(
                    "identity-forwarded",
                    Effect.EXPOSES,
                    (*provider.path, "config", "forward_headers", key),
                    f"the caller's `{header}` is passed on to the vendor",
                    "forward no header that says who the caller is",
                    gotcha=None,
                )

"""Defines what leaves the stack for a vendor, and when two requests match."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcr import matchers

from conformance.cassettes import recordings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcr.request import Request


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that left the stack for an upstream; header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The parsed JSON body, or None."""
        return recordings.parsed(self.text)

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.text}".strip()


def json_body(one: Request, other: Request) -> None:
    """Compare bodies by meaning: two JSON texts are equal whatever their spacing and key order."""
    ours, theirs = (text_of(request.body) for request in (one, other))
    if recordings.meaning(ours) != recordings.meaning(
        theirs
    ):  # an `assert` pytest would explain at length
        raise AssertionError(f"sent {_short(ours)}, recorded {_short(theirs)}")


def text_of(body: Any) -> str:
    """Return a body as text, whether it is text, bytes or none."""
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""


def _short(text: str) -> str:
    value = recordings.parsed(text)
    return repr(text) if value is None else json.dumps(value, sort_keys=True)


MATCHERS = (
    matchers.method,
    matchers.scheme,
    matchers.host,
    matchers.port,
    matchers.path,
    matchers.query,
    json_body,
)

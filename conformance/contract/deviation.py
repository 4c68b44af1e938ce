"""The vocabulary of the contract: an answer as it arrives, and one deviation from the contract.

The facts are those of OpenAI's public API description; `contract` marks what clients break on,
`strict` what only the letter of the description asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Layer = Literal["contract", "strict"]
CONTRACT: Layer = "contract"
STRICT: Layer = "strict"


class Answer(Protocol):
    """An answer: its status, its header fields (lower-case names) and its body's text."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, by lower-case names."""

    @property
    def text(self) -> str:
        """The body."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation: its name, its layer, where in the answer it is, and what is there."""

    name: str
    layer: Layer
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} at {self.path}: {self.what}"


def media_type(answer: Answer, expected: str) -> Iterator[Deviation]:
    """Yield a deviation if the `Content-Type` names another media type, or a charset but UTF-8."""
    found = answer.headers.get("content-type", "")
    media, _, parameters = found.partition(";")
    if media.strip().lower() != expected:
        yield Deviation("content-type", CONTRACT, "Content-Type", found or "absent")
    charset = parameters.strip().lower()
    if charset and charset.replace('"', "") != "charset=utf-8":
        yield Deviation("charset", CONTRACT, "Content-Type", found)


def shown(value: Any) -> str:
    """Return a value as evidence: its JSON-like form, cut to a length that fits a message."""
    text = repr(value)
    most = 80
    return text if len(text) <= most else f"{text[:most]}…"

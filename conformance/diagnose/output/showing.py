"""Shows lines of a config without the secrets in it: by the names of fields and by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.core import fields, lookalikes, redaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.diagnose.files.nodes import Node

_PUBLIC = "${env."  # a variable without a default is no secret
Span = tuple[tuple[int, int], tuple[int, int]]


def secret_nodes(node: Node, name: str = "", *, inside: bool = False) -> Iterator[Node]:
    """Yield the scalars that hold a secret: by their field's name, even misspelt, or in headers."""
    for key, value in (*node.members.values(), *node.replaced):
        secret = str(key.data)
        holds = inside or lookalikes.may_hold_secrets(secret)
        holds = holds or lookalikes.holds_header_fields(secret, value.data)
        yield from secret_nodes(value, secret, inside=holds)
    for item in node.items:
        yield from secret_nodes(item, name, inside=inside)
    if node.members or node.items or not _says_something(node.data):
        return
    if inside or lookalikes.may_hold_secrets(name):
        yield node


def _says_something(value: Any) -> bool:
    if value is None or isinstance(value, bool | dict | list):
        return False
    text = str(value)
    if text.startswith(_PUBLIC) and text.endswith("}") and ":" not in text:
        return False
    if fields.NO_DEFAULT.fullmatch(text):
        return False
    return text.lower() not in fields.HARMLESS


def _veiled(written: str) -> str:
    """Return what is shown of a secret as it is written, in quotes or not."""
    quote = written[:1] if written[:1] in {"'", '"'} and written[:1] == written[-1:] else ""
    shown = fields.veiled(written.removeprefix(quote).removesuffix(quote))
    return shown if shown == redaction.REDACTED else f"{quote}{shown}{quote}"


class Mask:
    """Takes the secrets out of the lines of one text, whose root node is known."""

    def __init__(self, lines: list[str], root: Node, known: Iterable[str] = ()) -> None:
        """Find the secrets; `known` are values that may stand anywhere."""
        self.lines, self.known = lines, list(known)
        self.spans: dict[int, list[Span]] = {}
        for span in sorted({(node.start, node.end) for node in secret_nodes(root)}, reverse=True):
            for number in range(span[0][0], span[1][0] + 1):
                self.spans.setdefault(number, []).append(span)

    def line(self, number: int) -> str:
        """Return a line, without what ends it, and with its secrets replaced; "" if none."""
        if not 0 <= number < len(self.lines):
            return ""
        text = self.lines[number].rstrip("\r\n")
        for start, end in self.spans.get(number, ()):
            begin = start[1] if number == start[0] else len(text) - len(text.lstrip())
            stop = end[1] if number == end[0] else len(text)
            if begin < stop:
                text = text[:begin] + _veiled(text[begin:stop]) + text[stop:]
        return fields.concealed(lookalikes.without_comments(text, redaction.REDACTED), self.known)

    def all(self) -> list[str]:
        """Return all lines."""
        return [self.line(number) for number in range(len(self.lines))]


def secrets_of(data: Mapping[Any, Any], environ: Mapping[str, str]) -> list[str]:
    """Return the secrets that a config holds, and those of variables with a secret's name."""
    found = [value for value in fields.secrets(dict(data)) if not value.startswith(_PUBLIC)]
    named = [value for name, value in environ.items() if fields.SECRET_NAME.fullmatch(name)]
    return [text for text in dict.fromkeys([*found, *named]) if len(text) >= redaction.SHORTEST]

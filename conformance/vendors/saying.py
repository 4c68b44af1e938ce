"""Collects what a server has sent so far, while it sends."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Saying:
    """An answer as far as it has been sent: status, header fields by lower-case names, the body."""

    def __init__(self) -> None:
        """Begin an answer of which nothing is sent."""
        self.head, self.body = b"", b""

    def goes_on(self, sent: bytes) -> bool:
        """Take more bytes; return whether they end the head of an answer that has no chunks."""
        if self.head:
            self.body += sent
            return False
        self.head, end, self.body = (self.body + sent).partition(b"\r\n\r\n")
        if not end:
            self.head, self.body = b"", self.head
        return bool(end) and "transfer-encoding" not in self.headers

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.head.split(b" ")[1])

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, by lower-case names."""
        pairs = (line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:])
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def text(self) -> str:
        """The body, unpacked if it is said to be packed and is."""
        packed = self.headers.get("content-encoding") == "gzip"
        with suppress(OSError, EOFError, zlib.error):
            return gzip.decompress(self.body).decode(errors="replace") if packed else self._plain
        return self._plain

    @property
    def _plain(self) -> str:
        return self.body.decode(errors="replace")

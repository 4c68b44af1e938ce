"""Types that the three dialects share: a request as it arrived, and an answer not yet written.

Nothing here opens a socket, reads a clock or draws a random number.
"""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from conformance.vendors import UPSTREAMS

type Json = Any
type Object = dict[str, Any]
type Headers = tuple[tuple[str, str], ...]
type Routes = Mapping[tuple[str, str], Callable[[Request], Answer]]

CREATED: Final = 1767225600
DATE: Final = "Thu, 01 Jan 2026 00:00:00 GMT"
HEX: Final = "0123456789abcdef"
ALNUM: Final = string.digits + string.ascii_letters


@dataclass(frozen=True)
class Request:
    """A request that reached a stand-in. `path` has no query; header names are lower-case."""

    upstream: str
    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes = b""

    @cached_property
    def json(self) -> Object:
        """The JSON object sent; {} if the body is anything else."""
        try:
            value = json.loads(self.content)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def key(self) -> str:
        """The key sent as a Bearer token or as x-api-key; "" if none."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer").strip()
        return bearer or self.headers.get("x-api-key", "")

    @property
    def has_stand_in_key(self) -> bool:
        """Whether the key is one that this stand-in accepts."""
        return self.key.startswith(UPSTREAMS[self.upstream].key_prefix)

    @property
    def model(self) -> str:
        """The model asked for; "" if none."""
        return str(self.json.get("model", ""))

    @property
    def texts(self) -> list[str]:
        """The texts to embed; [] if none. A list of token numbers is one text."""
        given = self.json.get("input") or []
        several = isinstance(given, list) and not all(isinstance(item, int) for item in given)
        return [str(text) for text in given] if several else [str(given)] if given else []

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to report its usage."""
        return bool((self.json.get("stream_options") or {}).get("include_usage"))

    def ident(self, length: int, salt: str = "", alphabet: str = ALNUM) -> str:
        """Return `length` (at most 64) characters that depend only on what was asked, and `salt`.

        Keys of the body are sorted first: how a client orders them changes no answer.
        """
        asked = json.dumps(self.json, sort_keys=True)
        seed = f"{self.upstream} {self.method} {self.path} {asked} {salt}"
        digest = hashlib.sha512(seed.encode()).digest()
        return "".join(alphabet[byte % len(alphabet)] for byte in digest[:length])


def compact(value: Json) -> str:
    """Return JSON without white space, as stream chunks and Anthropic's answers are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def indented(spaces: int, end: str = "") -> Callable[[Json], str]:
    """Return a spelling of JSON indented by `spaces`, followed by `end`."""
    return lambda value: json.dumps(value, indent=spaces, ensure_ascii=False) + end


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer not yet written, so that a fault can still change it.

    `payload` is the JSON body or, if `streamed`, the list of chunks; `spell` writes one of them.
    `done` says whether a stream ends with the `[DONE]` frame.
    """

    payload: Json
    headers: Headers
    spell: Callable[[Json], str] = compact
    status: int = 200
    streamed: bool = False
    done: bool = True

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it goes over the wire: one piece, or one for each frame of a stream."""
        if not self.streamed:
            yield self.spell(self.payload).encode()
            return
        for chunk in self.payload:
            yield f"data: {self.spell(chunk)}\n\n".encode()
        if self.done:
            yield b"data: [DONE]\n\n"

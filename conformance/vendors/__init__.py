"""Loopback stand-ins for the three vendors: to record without keys, and to inject faults.

    UPSTREAMS           where each vendor lives, which variable holds its key, which keys work here
    UNSETTLED           what is not known about the vendors, and what the stand-in does instead
    dialect, replies    what the three share: a request, an answer; what a made-up model says
    openai, gemini      their routes, errors and headers; openai_chat, gemini_chat: chat shapes
    anthropic           Anthropic's OpenAI-compatible chat, and its native model list
    faults              a vendor that fails, stalls, hangs up or has changed, said as data
    server              `serve()`: the three as real HTTP servers on 127.0.0.1

The dialects are pure: a request in, an answer out, the same bytes for the same request. Shapes, key
order, spelling and header names follow public recordings of the vendors; texts, ids and numbers
are made up. Not imitated on purpose: TLS, HTTP/2, compression, cookies, thinking time.

Importing this package opens nothing and costs nothing; `server` is the only part with I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.vendors.unsettled import UNSETTLED, Unsettled

__all__ = ["STAND_IN_KEYS", "UNSETTLED", "UPSTREAMS", "Unsettled", "Upstream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A vendor as a gateway's operator knows it.

    `root` is the path below `origin` that an OpenAI SDK takes as its base. The stand-in takes any
    key that begins with `key_prefix`; every other key is a wrong key.
    """

    name: str
    origin: str
    root: str
    key_variable: str
    key_prefix: str

    @property
    def stand_in_key(self) -> str:
        """A key that the stand-in accepts and the vendor does not."""
        return f"{self.key_prefix}key"


UPSTREAMS: Final[dict[str, Upstream]] = {
    upstream.name: upstream
    for upstream in (
        Upstream(
            name="openai",
            origin="https://api.openai.com",
            root="/v1",
            key_variable="OPENAI_API_KEY",
            key_prefix="sk-proj-standin-",
        ),
        Upstream(
            name="gemini",
            origin="https://generativelanguage.googleapis.com",
            root="/v1beta/openai",
            key_variable="GEMINI_API_KEY",
            key_prefix="AIza-standin-",
        ),
        Upstream(
            name="anthropic",
            origin="https://api.anthropic.com",
            root="/v1",
            key_variable="ANTHROPIC_API_KEY",
            key_prefix="sk-ant-standin-",
        ),
    )
}

STAND_IN_KEYS: Final = {name: upstream.stand_in_key for name, upstream in UPSTREAMS.items()}

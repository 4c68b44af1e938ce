"""Holds back what a run may not send to a gateway that it has not started."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.core.model import CouldNotObserveError

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a vendor may charge for, by the end of its path; each counts as one chat.
PAID = ("/completions", "/embeddings", "/responses", "/messages", "/rerank")
CAPS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
# A run ends within a minute; this is its share of it that may be spent on waiting for answers.
SECONDS = 50.0
MOST_S = 15.0  # for one answer


class NotAllowedError(CouldNotObserveError):
    """A check was about to send what the user has not allowed; nothing was sent."""


@dataclass(slots=True)
class Limits:
    """What may be sent, and how much was: reads only, unless `write` or `spend` allow more.

    `chats` is the most chats a model may be asked for, `tokens` the longest answer of one.
    """

    write: bool = False
    spend: bool = False
    chats: int = 20
    tokens: int = 16
    sent: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    _until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def admit(self, method: str, path: str, body: bytes) -> None:
        """Count a request that may be sent; raise `NotAllowedError` for any other.

        `path` is that of the URL, `body` what follows the header.
        """
        if self.seconds_left() <= 0:
            raise NotAllowedError(f"{method} {path}: the time of the run is over")
        if method not in READS:
            self._admit_change(method, path, body)
        self.sent[method] += 1

    def seconds_left(self) -> float:
        """Return how long the next answer may take."""
        return min(MOST_S, self._until - time.monotonic())

    def _admit_change(self, method: str, path: str, body: bytes) -> None:
        if method != "POST" or not path.endswith(PAID):
            if not self.write:
                raise NotAllowedError(f"{method} {path}: not without --conformance-write")
            return
        if not self.spend:
            raise NotAllowedError(f"{method} {path}: not without --conformance-spend")
        fields = _object(body)
        model = str(fields.get("model", ""))
        if self.asked[model] >= self.chats:
            raise NotAllowedError(f"{method} {path}: {self.chats} chats with {model} were sent")
        if not path.endswith("/embeddings") and not self._is_short(fields):
            raise NotAllowedError(f"{method} {path}: asks for more than {self.tokens} tokens")
        self.asked[model] += 1

    def _is_short(self, fields: dict[str, Any]) -> bool:
        caps = [fields[name] for name in CAPS if name in fields]
        most = [cap for cap in caps if isinstance(cap, int) and 0 < cap <= self.tokens]
        return bool(caps) and len(most) == len(caps) and fields.get("n", 1) == 1


def _object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request's body; an empty one if it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

"""Describes a request as its caller sent it, and the kind of answer that it is owed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAT: Final = "chat"
COMPLETION: Final = "completion"
EMBEDDINGS: Final = "embeddings"
MODELS: Final = "models"
MODEL: Final = "model"
STREAM: Final = "-stream"
REFUSED: Final = 400  # and above

_PATHS: Final = {
    ("POST", "/chat/completions"): CHAT,
    ("POST", "/completions"): COMPLETION,
    ("POST", "/embeddings"): EMBEDDINGS,
    ("GET", "/models"): MODELS,
}
_BELOW: Final = re.compile(r".*?/v1(?:beta)?(?=/)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: method, path, and the JSON body, or None without one."""

    method: str
    path: str
    body: Any = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of the body; none if it is no object."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def model(self) -> str:
        """The model that is asked; "" if none is named."""
        return str(self.fields.get("model") or "")

    @property
    def streamed(self) -> bool:
        """Whether a stream is asked for."""
        return self.fields.get("stream") is True

    @property
    def with_usage(self) -> bool:
        """Whether a stream is to report its usage."""
        options = self.fields.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True

    @property
    def kind(self) -> str:
        """The kind of answer that is owed; "" for a path that OpenAI's API does not have here."""
        below = _BELOW.sub("", self.path.partition("?")[0], count=1)
        found = _PATHS.get((self.method, below), "")
        if not found and self.method == "GET" and below.startswith("/models/"):
            return MODEL
        return found + STREAM if found in {CHAT, COMPLETION} and self.streamed else found

"""Makes up a vendor's answer to any request, for configs that no recording was made with.

The answer is that of the stand-in of the vendor the request is for; another server is taken for
one that speaks OpenAI's dialect. Every key is taken for a good one, every model for one that the
vendor has: what is looked at is the gateway, and no vendor is asked.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.vendors import UPSTREAMS, anthropic, gemini, openai
from conformance.vendors.dialect import Request
from conformance.vendors.keyless import as_response

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from conformance.vendors.dialect import Answer

DIALECTS: dict[str, Callable[[Request], Answer]] = {
    "openai": openai.answer,
    "gemini": gemini.answer,
    "anthropic": anthropic.answer,
}
MODELS = {"openai": "gpt-4o", "gemini": "gemini-2.5-flash", "anthropic": "claude-sonnet-4-5"}
CHAT, LIST = "/chat/completions", "/models"


class MadeUp:
    """Vendors that answer anything.

    `models` are listed beside the vendors' own, so that a config's registered models are found.
    """

    def __init__(self, vendor_of: Callable[[str], str], models: Collection[str] = ()) -> None:
        """Answer for the vendor that `vendor_of` names for a URL, "" being any other server."""
        self.vendor_of = vendor_of
        self.models = tuple(models)

    def response(
        self, method: str, uri: str, headers: Mapping[str, str], content: bytes
    ) -> dict[str, Any]:
        """Return the answer as vcrpy has a response. Header names are in lower case."""
        vendor = self.vendor_of(uri)
        dialect = vendor or "openai"
        asked = _given(headers.get("authorization", "")) or _given(headers.get("x-api-key", ""))
        known = {"authorization": f"Bearer {UPSTREAMS[dialect].stand_in_key}"}
        sent = known if asked or not vendor else {}
        request = Request(dialect, method, _path(dialect, uri), sent, content)
        name = request.model
        answer = DIALECTS[dialect](_with_model(request, MODELS[dialect]) if name else request)
        return as_response(self._with_models(_renamed(answer, name), request))

    def _with_models(self, answer: Answer, request: Request) -> Answer:
        if not request.path.endswith(LIST) or "data" not in answer.payload:
            return answer
        first = answer.payload["data"][0]
        more = [{**first, "id": name} for name in self.models]
        return replace(answer, payload={**answer.payload, "data": answer.payload["data"] + more})


def _given(value: str) -> bool:
    return bool(value.removeprefix("Bearer").strip())


def _path(dialect: str, uri: str) -> str:
    """Return where the stand-in has what is asked for, wherever the config's server has it."""
    path, root = urlsplit(uri).path, UPSTREAMS[dialect].root
    ends = (end for end in (CHAT, LIST, "/embeddings", "/completions") if path.endswith(end))
    return next((root + end for end in ends), path)


def _with_model(request: Request, name: str) -> Request:
    return replace(request, content=json.dumps({**request.json, "model": name}).encode())


def _renamed(answer: Answer, name: str) -> Answer:
    """Let an answer name the model that was asked for."""
    if not name:
        return answer
    bodies = answer.payload if answer.streamed else [answer.payload]
    made = [
        {**body, "model": name} if isinstance(body, dict) and body.get("model") else body
        for body in bodies
    ]
    return replace(answer, payload=made if answer.streamed else made[0])

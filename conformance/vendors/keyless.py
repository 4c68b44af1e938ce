"""Builds a vendor's refusal of a request without an API key; no recording has to hold it.

Some releases ask for the vendors' models while they boot, with no key at all, and pass on a chat
whose caller sent none. Vendors refuse both before they look at anything else; were such a request
answered from a recording made with a key, the gateway would seem to work without.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.vendors import anthropic, gemini, openai
from conformance.vendors.dialect import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.vendors.dialect import Answer

DIALECTS = {"openai": openai, "gemini": gemini, "anthropic": anthropic}
REFUSED = 400  # statuses from here on are refusals
KEY_FIELDS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")


def refusal(
    upstream: str, method: str, uri: str, headers: Mapping[str, str], text: str
) -> dict[str, Any] | None:
    """Return the refusal of a request without a key, as vcrpy has a response; None with a key.

    `headers` have names in lower case. The answer is that of the vendor's stand-in.
    """
    dialect = DIALECTS.get(upstream)
    if dialect is None or any(_given(headers.get(name, "")) for name in KEY_FIELDS):
        return None
    asked = Request(upstream, method, urlsplit(uri).path, {}, text.encode())
    answer = dialect.answer(asked)
    if answer.status < REFUSED:
        return None
    return as_response(answer)


def as_response(answer: Answer) -> dict[str, Any]:
    """Return an answer of a stand-in as vcrpy has a response."""
    fields: dict[str, list[str]] = {}
    for name, value in answer.headers:
        fields.setdefault(name, []).append(value)
    return {
        "status": {"code": answer.status, "message": HTTPStatus(answer.status).phrase},
        "headers": fields,
        "body": {"string": b"".join(answer.pieces())},
    }


def _given(value: str) -> bool:
    return bool(value.removeprefix("Bearer").strip())

"""What an error is: `{"error": {message, type, param, code}}`, plain, under a status of 4xx or 5xx.

Each of the other shapes that gateways answer with has a name of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import fields, json_body, json_text
from conformance.contract.deviation import (
    CONTRACT,
    STRICT,
    Answer,
    Deviation,
    media_type,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What the vendors document, and what HTTP has for a request that no handler takes.
STATUSES = frozenset(
    {
        *(400, 401, 402, 403, 404, 405, 406, 408, 409, 411, 413, 414, 415, 422, 426, 429, 431),
        *(500, 501, 502, 503, 504, 529),
    }
)


def deviations(answer: Answer) -> list[Deviation]:
    """Return the deviations of an error answer, one inside a stream of status 200 included."""
    found = list(media_type(answer, "application/json"))
    if answer.status not in STATUSES:
        found.append(Deviation("error-status", CONTRACT, "status", str(answer.status)))
    try:
        body = json_text.parsed(answer.text)
    except ValueError:
        return [*found, Deviation("error-not-json", CONTRACT, "$", shown(answer.text))]
    return [*found, *json_body.disputed(body, "$"), *_body(body.value)]


def _body(body: Any) -> Iterator[Deviation]:
    if isinstance(body, list):
        yield Deviation("error-in-list", CONTRACT, "$", shown(body))
    elif not isinstance(body, dict):
        yield Deviation("error-no-object", CONTRACT, "$", shown(body))
    elif "detail" in body:
        yield Deviation("bare-detail", CONTRACT, "$.detail", shown(body["detail"]))
        yield from fields.no_more(body, {"detail"}, "$")
    elif "error" not in body:
        yield Deviation("no-error", CONTRACT, "$.error", shown(body))
    elif not isinstance(body["error"], dict):
        name = "error-as-text" if isinstance(body["error"], str) else "error-no-object"
        yield Deviation(name, CONTRACT, "$.error", shown(body["error"]))
    else:
        yield from fields.no_more(body, {"error"}, "$")
        yield from _error(body["error"])


def _error(error: Mapping[str, Any]) -> Iterator[Deviation]:
    if "detail" in error and "message" not in error:
        yield Deviation("error-detail", CONTRACT, "$.error.detail", shown(error["detail"]))
        yield from fields.no_more(error, {"detail"}, "$.error")
        return
    yield from fields.text(error, "message", "$.error", "error-message")
    yield from fields.text(error, "type", "$.error", "error-type")
    yield from fields.no_more(error, {"message", "type", "code", "param"}, "$.error")
    for field in ("code", "param"):
        name = f"error-{field}"
        yield from fields.text_or_null(error, field, "$.error", name)
        if field not in error:
            yield Deviation(f"no-error-{field}", STRICT, f"$.error.{field}", "absent")

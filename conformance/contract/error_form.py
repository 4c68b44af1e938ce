"""Names the form of an error: OpenAI's envelope, or which of those that gateways have instead.

`error` says in what an answer deviates; a form says what it is, so that a change from one that
deviates to another is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.contract import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.deviation import Answer

FORMS: Final = {
    "envelope": "`error` is an object with message, type, code and param, as OpenAI's",
    "no-code": "`error` is an object with message and type, without `code` or `param`",
    "code-alone": "`error` is an object with more than a message, without a type that is text",
    "message-alone": "`error` is an object with a message alone",
    "more-fields": "`error` is an object with fields that OpenAI's does not have",
    "python-message": "`error` is an object with a message alone, which is a printed Python object",
    "no-message": "`error` is an object without a message that is text",
    "error-detail": "`error` is an object with a `detail` alone, which is text",
    "error-detail-object": "`error` is an object with a `detail` alone, which is an object",
    "error-text": "`error` is text, or anything else but an object",
    "error-beside": "something stands beside `error`",
    "detail-text": "a bare `detail`, which is text",
    "detail-list": "a bare `detail`, which is a list",
    "detail-object": "a bare `detail`, which is an object",
    "without-error": "an object with neither `error` nor a bare `detail`",
    "no-object": "JSON, and no object",
    "no-json": "no JSON, or not called so by its `Content-Type`",
    "event": "an event of a stream",
    "no-body": "nothing",
}
_DETAILS: Final[Mapping[type, str]] = {
    str: "detail-text",
    list: "detail-list",
    dict: "detail-object",
}
_ABOUT: Final = {"code", "param"}


def of(answer: Answer) -> str:
    """Return the name of the form of an error."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not answer.text.strip():
        return "no-body"
    if kind == "text/event-stream":
        return "event"
    try:
        body = json_text.parsed(answer.text).value
    except ValueError:
        return "no-json"
    if kind != "application/json":
        return "no-json"
    return of_body(body) if isinstance(body, dict) else "no-object"


def of_body(body: Mapping[str, Any]) -> str:
    """Return the name of the form of an error that is a JSON object."""
    if body.keys() == {"detail"}:
        return _DETAILS.get(type(body["detail"]), "without-error")
    if "error" not in body:
        return "without-error"
    if len(body) > 1:
        return "error-beside"
    return _error(body["error"]) if isinstance(body["error"], dict) else "error-text"


def _error(error: Mapping[str, Any]) -> str:
    if error.keys() == {"detail"}:
        return "error-detail" if isinstance(error["detail"], str) else "error-detail-object"
    message = error.get("message")
    if not isinstance(message, str) or not message:
        return "no-message"
    if not error.keys() <= {"message", "type", *_ABOUT}:
        return "more-fields"
    if error.keys() == {"message"}:
        return "python-message" if message.startswith(("{'", "[{'")) else "message-alone"
    if not isinstance(error.get("type"), str):
        return "code-alone"
    return "envelope" if error.keys() >= _ABOUT else "no-code"


def words(answer: Answer) -> str:
    """Return what an error says in words; all that it says where these are not text."""
    try:
        body = json_text.parsed(answer.text).value
    except ValueError:
        return answer.text
    for field in ("error", "message", "detail"):
        body = body.get(field, body) if isinstance(body, dict) else body
    return str(body)

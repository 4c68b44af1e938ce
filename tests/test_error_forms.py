"""Whatever changes in an error that the gateway makes itself turns a check by drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.contract import error_form
from conformance.gotchas.error_forms.mutations import MISTAKES
from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import statuses
from conformance.vendors.stand_ins import Said
from tests.support.harness import run_checks, stack_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON = {"content-type": "application/json"}


def _inner(body: Any) -> Any:
    """Return what holds the words of an error: `error`, or the body."""
    return body["error"] if isinstance(body.get("error"), dict) else body


def _words(change: Callable[[str], object]) -> Callable[[Any], None]:
    """Return a change of the words of an error, wherever they are."""

    def changed(body: Any) -> None:
        inner = _inner(body)
        name = "message" if "message" in inner else "detail"
        inner[name] = change(str(inner[name]))

    return changed


def _become(made: Callable[[Any], dict[str, Any]]) -> Callable[[Any], None]:
    """Return the change of an error into another one."""

    def changed(body: Any) -> None:
        other = made(dict(body))
        body.clear()
        body.update(other)

    return changed


OPENAIS = "the error is OpenAI's"
FAULTS: dict[str, Callable[[Any], object]] = {
    "a type is added": lambda body: _inner(body).update(type="server_error"),
    "a code is added": lambda body: _inner(body).update(code="no"),
    "a parameter is added": lambda body: _inner(body).update(param=None),
    "a request id is added": lambda body: _inner(body).update(request_id="1"),
    "something stands beside it": lambda body: body.update(status="error"),
    "the words are others": _words(lambda _before: "Something went wrong."),
    "the words are none": _words(lambda _before: ""),
    "the words are a list": _words(lambda before: [before]),
    "the words hold a traceback": _words(
        lambda before: f'Traceback: File "/srv/server.py", line 7: {before}'
    ),
    "the error is text": _become(lambda before: {"error": str(_inner(before))}),
    "the error is null": _become(lambda _before: {"error": None}),
    OPENAIS: _become(
        lambda before: {
            "error": {"message": str(before), "type": "server_error", "code": None, "param": None}
        }
    ),
    "the error is in a detail": _become(lambda before: {"detail": before}),
    "the error is called another": _become(lambda before: {"errors": [before]}),
}


def turned(directory: Path) -> set[str]:
    """Run the checks; return the mistakes about which one of them turns by drift."""
    rows = run_checks(directory / "report.json", "error-forms/*")
    drifts = {check for check, row in rows.items() if row["verdict"] == "drift"}
    return {check.partition("/")[2].partition("-")[2] for check in drifts}


@pytest.mark.parametrize("fault", ["a type is added", "the words hold a traceback", OPENAIS])
def test_a_change_of_the_body_is_noticed(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of every mistake that a caller can make. Of some faults: each takes a run."""

    def changed(body: Any, _place: int) -> None:
        if "error" in body or "detail" in body:
            FAULTS[fault](body)

    alter(monkeypatch, stack_object, in_objects(changed))

    assert sorted(turned(tmp_path)) == sorted(MISTAKES)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "before",
    [
        {"detail": "Not Found"},
        {"error": {"detail": "Model 'm' not found"}},
        {"error": {"detail": {"errors": [{"loc": ["body"]}]}}},
        {"error": {"message": "Model 'm' not found"}},
        {"error": {"message": "{'errors': [{'loc': ['body']}]}"}},
    ],
    ids=error_form.of_body,
)
def test_a_fault_changes_form_or_words(fault: str, before: dict[str, Any]) -> None:
    """Of each form that a release answers with."""
    after = json.loads(json.dumps(before))
    FAULTS[fault](after)
    answers = [Said(400, JSON, json.dumps(body)) for body in (before, after)]

    one, other = ((error_form.of(each), error_form.words(each)) for each in answers)
    assert one != other


@pytest.mark.parametrize("status", [200, 404])
def test_a_change_of_the_status_is_noticed(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All errors have one status: those that have another without the change turn."""
    made: set[int] = set()

    def changed(before: int) -> int:
        made.update({before} - {status} if before >= 400 else ())
        return status if before >= 400 else before

    statuses(monkeypatch, stack_object, changed)

    assert turned(tmp_path)
    assert made


@pytest.mark.parametrize(
    ("content_type", "form"), [("text/plain", "no-json"), ("text/event-stream", "event")]
)
def test_a_change_of_the_content_type_is_noticed(
    content_type: str, form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is called text is no JSON, whatever is in it."""
    alter(monkeypatch, stack_object, lambda text: text, content_type=content_type)
    rows = run_checks(tmp_path / "report.json", "error-forms/form-*")

    assert {row["observed"] for row in rows.values()} == {form}
    assert {row["verdict"] for row in rows.values()} == {"drift"}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"error": {"message": "m", "type": "t", "code": null, "param": null}}', "envelope"),
        ('{"error": {"message": "m", "type": "t", "code": "c"}}', "no-code"),
        ('{"error": {"message": "m", "type": null, "code": "c", "param": null}}', "code-alone"),
        ('{"error": {"message": "m"}}', "message-alone"),
        ('{"error": {"message": "m", "trace": "t"}}', "more-fields"),
        ('{"error": {"message": "{\'errors\': []}"}}', "python-message"),
        ('{"error": {"message": ""}}', "no-message"),
        ('{"error": {"message": 7, "type": "t"}}', "no-message"),
        ('{"error": {"detail": "d"}}', "error-detail"),
        ('{"error": {"detail": {"errors": []}}}', "error-detail-object"),
        ('{"error": "e"}', "error-text"),
        ('{"error": null}', "error-text"),
        ('{"error": {"message": "m"}, "status": 4}', "error-beside"),
        ('{"detail": "d"}', "detail-text"),
        ('{"detail": []}', "detail-list"),
        ('{"detail": {}}', "detail-object"),
        ('{"detail": 7}', "without-error"),
        ('{"detail": "d", "more": 7}', "without-error"),
        ("{}", "without-error"),
        ("[]", "no-object"),
        ("<h1>", "no-json"),
        (" ", "no-body"),
    ],
)
def test_each_form_has_a_name(text: str, form: str) -> None:
    """Of all that gateways answer with, each is told from the others."""
    assert error_form.of(Said(400, JSON, text)) == form
    assert form in error_form.FORMS

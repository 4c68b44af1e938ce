"""Mutations for the checks of `error-forms`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips, statuses

MISTAKES = (
    *("unknown-model", "unknown-model-streamed", "unknown-embedding-model", "unknown-listed-model"),
    *("malformed-json", "no-object", "no-messages", "wrong-type", "unknown-path", "other-method"),
    *("other-version", "no-key", "wrong-header"),
)


@flips(each("error-forms/form", "error-text", MISTAKES))
def errors_are_text(patch, stack):
    """An error is text in the place of an object."""
    alter(patch, stack, in_objects(said({"error": "no"})))


@flips(each("error-forms/words", "names-nothing", MISTAKES))
def errors_say_nothing(patch, stack):
    """An error says no word of the request."""
    alter(patch, stack, in_objects(said({"error": {"message": "no"}})))


@flips(each("error-forms/status", "http-409", MISTAKES))
def errors_are_conflicts(patch, stack):
    """Every error has one and the same status."""
    statuses(patch, stack, lambda status: 409 if status >= 400 else status)


def said(error):
    """Return the change of any error into this one."""

    def change(body, _place):
        if "error" in body or "detail" in body:
            body.clear()
            body.update(error)

    return change

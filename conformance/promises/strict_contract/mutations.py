"""Mutations for the checks of `strict-contract`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import each, flips


def without_nulls(value):
    """Return a value without its fields that are null."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return value


@flips(
    each("strict-contract/chat", "absent-field", ("plain", "calls"))
    | each("strict-contract/chat", "kept", ("streamed", "streamed-calls", "streamed-usage"))
    | {"strict-contract/completion-plain": "absent-field"}
)
def nulls_are_left_out(patch, stack):
    """No answer has a field that is null."""

    def left_out(body, _place):
        kept = without_nulls(body)
        body.clear()
        body.update(kept)

    alter(patch, stack, in_objects(left_out))


@flips({"strict-contract/completion-streamed": "event-not-ended"})
def the_last_event_is_not_ended(patch, stack):
    """No empty line follows the last event of a stream."""
    alter(patch, stack, lambda text: text.rstrip("\n"))


@flips({"strict-contract/error": "no-code-no-param"})
def errors_have_two_fields(patch, stack):
    """An error has a message and a type, and no other field."""

    def said(body, _place):
        if "error" in body:
            body["error"] = {"message": "no", "type": "nothing"}

    alter(patch, stack, in_objects(said))

"""Mutations for the checks of `sdk-arguments`."""

import inspect

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import ask_with, find_no_model, flips, statuses

UNKNOWN = "sdk-arguments/unknown-field-plain", "sdk-arguments/unknown-field-streamed"


@flips(dict.fromkeys(UNKNOWN, "refused"))
def no_field_is_allowed(patch, stack):
    """No chat is sent, and every answer has the status 403."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 403)


@flips(dict.fromkeys(UNKNOWN, "answered"))
def no_field_matters(patch, stack):
    """No chat is sent, and every answer has the status 200 and says nothing."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)
    alter(patch, stack, lambda _: "{}")


@flips(
    {
        "sdk-arguments/unknown-field-plain": "forwarded",
        "sdk-arguments/unknown-field-streamed": "forwarded",
        "sdk-arguments/extra-body": "forwarded",
        "sdk-arguments/extra-headers": "not-set",
        "sdk-arguments/extra-authorization": "key-kept",
    }
)
def unknown_fields_go_into_the_body(patch, stack):
    """Whatever is no field of a chat is forwarded in the body."""

    def made(create, params):
        fields = params.model_dump(exclude_none=True)
        known = {n for n in inspect.signature(create).parameters if not n.startswith("extra_")}
        body = {name: value for name, value in fields.items() if name not in known}
        return {n: v for n, v in fields.items() if n in known} | {"extra_body": body}

    ask_with(patch, stack, made)

"""Mutations for the checks of `unasked-apis`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import flips, served_without, statuses

BOTH = "unasked-apis/prompt", "unasked-apis/conversation"


@flips(dict.fromkeys(BOTH, "refused"))
def strangers_are_forbidden(patch, stack):
    """Every answer has the status 403."""
    statuses(patch, stack, lambda _: 403)


@flips(dict.fromkeys(BOTH, "server-error"))
def strangers_are_failed(patch, stack):
    """Every answer has the status 500."""
    statuses(patch, stack, lambda _: 500)


@flips(dict.fromkeys(BOTH, "not-stored"))
def what_strangers_wrote_is_left_out(patch, stack):
    """No answer holds what a stranger has written."""
    alter(patch, stack, lambda text: text.replace("A stranger was here.", "-"))


@flips(dict.fromkeys(BOTH, "not-shown"))
def strangers_do_not_read(patch, stack):
    """What is read in prompts and conversations is not served."""
    served_without(patch, stack, "/v1/prompts", "GET")
    served_without(patch, stack, "/v1/conversations", "GET")


@flips({"unasked-apis/prompt": "not-served"})
def prompts_are_not_served(patch, stack):
    """The server has no prompts."""
    served_without(patch, stack, "/v1/prompts", "GET", "POST")


@flips({"unasked-apis/conversation": "not-served"})
def conversations_are_not_served(patch, stack):
    """The server has no conversations."""
    served_without(patch, stack, "/v1/conversations", "GET", "POST")

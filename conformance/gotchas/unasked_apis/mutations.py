"""Mutations for the checks of `unasked-apis`."""

from conformance.stack.mutations import flips, served_without


@flips({"unasked-apis/prompt": "not-served"})
def prompts_are_not_served(patch, stack):
    """The server has no prompts."""
    served_without(patch, stack, "/v1/prompts", "GET", "POST")


@flips({"unasked-apis/conversation": "not-served"})
def conversations_are_not_served(patch, stack):
    """The server has no conversations."""
    served_without(patch, stack, "/v1/conversations", "GET", "POST")

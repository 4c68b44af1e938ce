"""Mutations for the checks of `thought-signatures`."""

from conformance.stack.altered_answers import alter, in_objects
from conformance.stack.mutations import ask_with, each, flips

SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}


@flips(each("thought-signatures/first", "lost", ("turn-plain", "turn-streamed")))
def signatures_are_taken_out_of_answers(patch, stack):
    """A tool call reaches the caller without what the vendor added to it."""

    def bare(body, _place):
        for choice in body.get("choices", ()):
            for call in (choice.get("message") or choice["delta"]).get("tool_calls") or ():
                call.pop("extra_content", None)

    alter(patch, stack, in_objects(bare))


@flips(each("thought-signatures/next", "answered", ("turn-plain", "turn-streamed")))
def signatures_are_sent_back(patch, stack):
    """Every tool call is sent with the signature that it came with."""

    def made(_create, params):
        asked = params.model_dump(exclude_none=True)
        for message in asked["messages"]:
            for call in message.get("tool_calls", ()):
                call["extra_content"] = SIGNATURE
        return asked

    ask_with(patch, stack, made)


@flips(
    each(
        "thought-signatures/with", "refused-by-vendor", ("extra-body-plain", "extra-body-streamed")
    )
)
def extra_body_is_left_out(patch, stack):
    """The vendor is asked without the fields of `extra_body`."""

    def made(_create, params):
        asked = params.model_dump(exclude_none=True)
        asked.pop("extra_body", None)
        return asked

    ask_with(patch, stack, made)

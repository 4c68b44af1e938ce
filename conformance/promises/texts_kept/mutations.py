"""Mutations for the checks of `texts-kept`."""

from conformance.stack.mutations import PASSTHROUGH, ask_with, each, flips


@flips(
    each("texts-kept/ten", "changed-upwards", ("megabytes-plain", "megabytes-streamed"))
    | each(
        "texts-kept/text",
        "changed-upwards",
        (
            "byte-order-mark-plain",
            "byte-order-mark-streamed",
            "controls-c1-plain",
            "controls-c1-streamed",
            "controls-plain",
            "controls-streamed",
            "joined-plain",
            "joined-streamed",
            "like-an-event-plain",
            "like-an-event-streamed",
            "like-json-plain",
            "like-json-streamed",
            "line-breaks-plain",
            "line-breaks-streamed",
            "line-separators-plain",
            "line-separators-streamed",
            "marks-of-direction-plain",
            "marks-of-direction-streamed",
            "megabyte-plain",
            "megabyte-streamed",
            "noncharacters-plain",
            "noncharacters-streamed",
            "not-normalised-plain",
            "not-normalised-streamed",
            "nul-plain",
            "nul-streamed",
            "plane-0-plain",
            "plane-0-streamed",
            "plane-1-plain",
            "plane-1-streamed",
            "plane-14-plain",
            "plane-14-streamed",
            "plane-2-plain",
            "plane-2-streamed",
            "plane-3-plain",
            "plane-3-streamed",
            "planes-15-and-16-plain",
            "planes-15-and-16-streamed",
            "planes-4-to-13-plain",
            "planes-4-to-13-streamed",
            "spaces-plain",
            "spaces-streamed",
        ),
    )
)
def letters_are_left_out(patch, stack):
    """The vendor is asked without the letters beyond ASCII, and without breaks and spaces."""

    def made(_create, params):
        asked = params.model_dump(exclude_none=True)
        for message in asked["messages"]:
            message["content"] = message["content"].encode("ascii", "ignore").decode()[1:]
        return asked

    ask_with(patch, stack, made)


@flips(each("texts-kept/lone", "replaced", ("surrogate-plain", "surrogate-streamed")))
def halves_of_letters_are_replaced(patch, stack):
    """What is no whole letter in an answer is a question mark."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter.openai_chat_completion

    def repaired(answer):
        for choice in answer.choices:
            said = choice.delta if hasattr(choice, "delta") else choice.message
            said.content = said.content.encode("utf-8", "replace").decode()
        return answer

    async def answered(self, params):
        answer = await original(self, params)
        return (repaired(chunk) async for chunk in answer) if params.stream else repaired(answer)

    patch.setattr(adapter, "openai_chat_completion", answered)

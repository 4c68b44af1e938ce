"""Mutations for the checks of `rewritten`."""

from conformance.stack.mutations import ask_with, flips

ROUTER = "core.routers.inference:InferenceRouter"


@flips(
    {
        "rewritten/request-common-fields": "taken-out",
        "rewritten/request-tools": "taken-out",
        "rewritten/request-talk": "changed",
    }
)
def only_the_first_message_is_sent(patch, stack):
    """The vendor is asked with the model and the first message."""

    def made(_create, params):
        fields = params.model_dump(exclude_none=True)
        return {"model": fields["model"], "messages": fields["messages"][:1]}

    ask_with(patch, stack, made)


@flips({"rewritten/request-null": "as-sent", "rewritten/request-tool-choice-none": "as-sent"})
def requests_are_sent_as_they_came(patch, stack):
    """Nulls are sent, and tools that are not to be used."""
    original = stack(ROUTER).openai_chat_completion
    asked = {}

    async def remember(self, params):
        asked.update(params.model_dump(exclude_unset=True))
        return await original(self, params)

    patch.setattr(stack(ROUTER), "openai_chat_completion", remember)
    ask_with(patch, stack, lambda _create, params: asked | {"model": params.model})


@flips({f"rewritten/answer-{vendor}": "as-sent" for vendor in ("openai", "gemini", "anthropic")})
def answers_are_passed_on_as_they_came(patch, stack):
    """An answer has the fields that the vendor sent."""
    from fastapi.responses import JSONResponse

    original = stack(ROUTER).openai_chat_completion

    async def answer(self, params):
        response = await original(self, params)
        return response if params.stream else JSONResponse(response.model_dump(exclude_unset=True))

    patch.setattr(stack(ROUTER), "openai_chat_completion", answer)

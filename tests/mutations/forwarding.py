"""Mutations for the checks of what the gateway makes of requests and answers."""

import inspect

from fastapi.responses import JSONResponse

from tests.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
ROUTER = "core.routers.inference:InferenceRouter"


def ask_with(patch, stack, made):
    """Let plain chats of passthrough providers be asked with `made(sdk_method, params)`."""

    async def answer(self, params):
        create = self._get_openai_client().chat.completions.create
        response = await create(**made(create, params))
        module = stack(ADAPTER.partition(":")[0])
        return module.wrap_async_stream(response) if params.stream else response

    patch.setattr(stack(ADAPTER), "openai_chat_completion", answer)


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
    original = stack(ROUTER).openai_chat_completion

    async def answer(self, params):
        response = await original(self, params)
        return response if params.stream else JSONResponse(response.model_dump(exclude_unset=True))

    patch.setattr(stack(ROUTER), "openai_chat_completion", answer)

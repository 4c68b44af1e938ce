"""Mutations for the checks of `late-closing`."""

import gc

from conformance.stack.mutations import PASSTHROUGH, flips_server


@flips_server({"late-closing/as-it-is": "pile-up"})
def nothing_is_collected(_patch, _stack):
    """The collector is off, whatever the operator does."""
    gc.disable()


@flips_server(
    {"late-closing/without-collector": "closed", "late-closing/collected-meanwhile": "made"}
)
def each_chat_closes_its_connection(patch, stack):
    """The client that a chat was sent with is closed when the chat is over."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter

    async def chat(self, params):
        async with self._get_openai_client() as client:
            return await client.chat.completions.create(**params.model_dump(exclude_none=True))

    patch.setattr(adapter, "openai_chat_completion", chat)

"""Mutations for the checks of `new-connections`."""

from conformance.stack.mutations import flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"


@flips({"new-connections/connections": "one-for-all"})
def clients_are_kept(patch, stack):
    """A client is made once for each vendor and key."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    kept: dict[tuple[object, ...], object] = {}

    def made(**options):
        known = tuple(sorted(options.items()))
        kept[known] = kept.get(known) or original(**options)
        return kept[known]

    patch.setattr(module, "AsyncOpenAI", made)


@flips({"new-connections/closing": "closed"})
def clients_are_closed(patch, stack):
    """A client is closed once it has its answer."""
    module = stack(PASSTHROUGH)
    adapter = module.PassthroughInferenceAdapter
    original = adapter._get_openai_client

    async def chat(self, params):
        async with original(self) as client:
            return await client.chat.completions.create(**params.model_dump(exclude_none=True))

    patch.setattr(adapter, "openai_chat_completion", chat)

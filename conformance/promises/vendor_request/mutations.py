"""Mutations for the checks of `vendor-request`."""

from conformance.stack.mutations import each, find_no_model, flips

MODELS = "openai", "openai-mini", "gemini", "anthropic"


PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"
ROUTER = "core.routers.inference:InferenceRouter"


@flips(
    {
        "vendor-request/url-openai": "elsewhere",
        "vendor-request/url-openai-mini": "elsewhere",
        "vendor-request/url-anthropic": "elsewhere",
        "vendor-request/url-gemini": "documented-path",
        "base-url-v1/path-documented-url": "as-documented",
    }
)
def nothing_is_appended_to_base_url(patch, stack):
    """The vendor is asked below `base_url` itself."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI

    def made(*, base_url, **options):
        return original(base_url=base_url.removesuffix("/v1"), **options)

    patch.setattr(module, "AsyncOpenAI", made)


@flips(each("vendor-request/url", "several", MODELS))
def every_chat_is_asked_twice(patch, stack):
    """The vendor is asked once more than the caller asks."""
    adapter = stack(f"{PASSTHROUGH}:PassthroughInferenceAdapter")
    original = adapter.openai_chat_completion

    async def twice(self, params):
        await original(self, params)
        return await original(self, params)

    patch.setattr(adapter, "openai_chat_completion", twice)


@flips(
    each("vendor-request/url", "not-sent", MODELS)
    | each("vendor-request/model-name", "not-sent", MODELS)
)
def no_chat_is_forwarded(patch, stack):
    """Every chat ends before it reaches a provider."""
    find_no_model(patch, stack)


@flips(each("vendor-request/model-name", "other-name", MODELS))
def vendor_is_asked_for_a_model_of_ours(patch, stack):
    """The vendor is asked for a model that no caller named."""
    original = stack(ROUTER)._get_model_provider

    async def found(self, model_id, *rest):
        provider, _ = await original(self, model_id, *rest)
        return provider, "ours"

    patch.setattr(stack(ROUTER), "_get_model_provider", found)


@flips(each("vendor-request/model-name", "full-identifier", MODELS))
def vendor_is_asked_for_the_full_identifier(patch, stack):
    """The model's name reaches the vendor as the caller wrote it."""
    original = stack(ROUTER)._get_model_provider

    async def found(self, model_id, *rest):
        provider, _ = await original(self, model_id, *rest)
        return provider, model_id

    patch.setattr(stack(ROUTER), "_get_model_provider", found)

"""Mutations for the checks of `vendor-request`."""

from conformance.stack.mutations import each, flips

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


@flips(each("vendor-request/model-name", "full-identifier", MODELS))
def vendor_is_asked_for_the_full_identifier(patch, stack):
    """The model's name reaches the vendor as the caller wrote it."""
    original = stack(ROUTER)._get_model_provider

    async def found(self, model_id, *rest):
        provider, _ = await original(self, model_id, *rest)
        return provider, model_id

    patch.setattr(stack(ROUTER), "_get_model_provider", found)

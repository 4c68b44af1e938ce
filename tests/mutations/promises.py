"""Mutations for the gateway's promises."""

from pathlib import Path

from tests.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
PASSTHROUGH = ADAPTER.partition(":")[0]
ROUTER = "core.routers.inference:InferenceRouter"
TABLE = "core.routing_tables.models:ModelsRoutingTable"
MODELS = "openai", "openai-mini", "gemini", "anthropic"


def each(check, outcome, variants=MODELS):
    """Return the same outcome for each variant of a check."""
    return {f"{check}-{variant}": outcome for variant in variants}


def replace_stream(patch, stack, made):
    """Let streams of passthrough providers go through `made(stream)`."""
    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", made)


@flips(each("chat/plain", "changed"))
def answers_lose_their_usage(patch, stack):
    """A plain answer says nothing of tokens."""
    original = stack(ROUTER)._nonstream_openai_chat_completion

    async def answer(self, provider, params):
        response = await original(self, provider, params)
        response.usage.total_tokens = 0
        return response

    patch.setattr(stack(ROUTER), "_nonstream_openai_chat_completion", answer)


@flips(each("chat/streamed", "changed") | each("chat/streamed-usage", "usage-missing"))
def streams_lose_a_word_and_the_usage(patch, stack):
    """A stream lacks one word and every number."""

    async def shortened(stream):
        async for chunk in stream:
            chunk.usage = None
            if not (chunk.choices and chunk.choices[0].delta.content == " from"):
                yield chunk

    replace_stream(patch, stack, shortened)


@flips({"keyless-boot/boots": "boot-fails"})
def passthrough_needs_a_key_to_start(patch, stack):
    """A passthrough provider without a key of its own does not start."""

    async def initialize(self):
        if self.config.auth_credential is None:
            raise ValueError("no key")

    patch.setattr(stack(ADAPTER), "initialize", initialize)


@flips({"keyless-boot/asks-nobody-while-booting": "asks-vendors"})
def vendors_are_asked_without_a_key(patch, stack):
    """Without a caller's key the vendors are asked with a made-up one."""
    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", lambda _self: "made-up")


@flips({"keyless-boot/boots-quietly": "quiet"})
def passthrough_lists_nothing(patch, stack):
    """A passthrough provider has no models of its own to list."""

    async def list_models(_self):
        return None

    patch.setattr(stack(ADAPTER), "list_models", list_models)


@flips(
    {
        "model-list/exactly-the-registered": "missing",
        "model-list/full-identifier": "other-identifiers",
    }
)
def last_model_is_not_listed(patch, stack):
    """The catalogue lacks its last model."""
    original = stack(TABLE).openai_list_models

    async def listed(self):
        answer = await original(self)
        answer.data.pop()
        return answer

    patch.setattr(stack(TABLE), "openai_list_models", listed)


@flips({"model-list/after-a-listing-with-a-key": "others-listed"})
def models_of_a_caller_are_remembered(patch, stack):
    """What a vendor lists for one caller is shown to all."""
    original = stack(TABLE)._get_dynamic_models_from_provider_data
    seen = []

    async def listed(self):
        seen.extend(await original(self))
        return seen

    patch.setattr(stack(TABLE), "_get_dynamic_models_from_provider_data", listed)


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


@flips(each("base-url-v1/path", "doubled", ("origin", "final-slash")))
def one_more_v1_is_appended(patch, stack):
    """The vendor is asked below `<base_url>/v1/v1`."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI

    def made(*, base_url, **options):
        return original(base_url=f"{base_url}/v1", **options)

    patch.setattr(module, "AsyncOpenAI", made)


@flips(each("vendor-request/model-name", "full-identifier"))
def vendor_is_asked_for_the_full_identifier(patch, stack):
    """The model's name reaches the vendor as the caller wrote it."""
    original = stack(ROUTER)._get_model_provider

    async def found(self, model_id, *rest):
        provider, _ = await original(self, model_id, *rest)
        return provider, model_id

    patch.setattr(stack(ROUTER), "_get_model_provider", found)


@flips({"store-files/after-boot": "others-too", "store-files/after-traffic": "others-too"})
def providers_leave_a_file(patch, stack):
    """A provider writes into the working directory."""
    original = stack(ADAPTER).__init__

    def init(self, config):
        original(self, config)
        Path("left-behind").touch()

    patch.setattr(stack(ADAPTER), "__init__", init)


@flips(each("streaming/first-piece", "held-back"))
def streams_are_joined(patch, stack):
    """A stream is passed on once it is complete."""

    async def joined(stream):
        for chunk in [chunk async for chunk in stream]:
            yield chunk

    replace_stream(patch, stack, joined)

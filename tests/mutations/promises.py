"""Mutations for the gateway's promises."""

import functools
import logging
import os
from pathlib import Path

from tests.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
PASSTHROUGH = ADAPTER.partition(":")[0]
ROUTER = "core.routers.inference:InferenceRouter"
TABLE = "core.routing_tables.models:ModelsRoutingTable"
MODELS = "openai", "openai-mini", "gemini", "anthropic"


def each(check, outcome, variants=MODELS):
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


@flips({
    "model-list/exactly-the-registered": "missing",
    "model-list/full-identifier": "other-identifiers",
})
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
    """What a vendor lists for one caller is registered for all."""
    original = stack(TABLE)._get_dynamic_models_from_provider_data

    async def listed(self):
        models = await original(self)
        for model in models:
            await self.dist_registry.register(model)
        return models

    patch.setattr(stack(TABLE), "_get_dynamic_models_from_provider_data", listed)


@flips({
    "vendor-request/url-openai": "elsewhere",
    "vendor-request/url-openai-mini": "elsewhere",
    "vendor-request/url-anthropic": "elsewhere",
    "vendor-request/url-gemini": "documented-path",
    "base-url-v1/path-documented-url": "as-documented",
})
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


@flips(each("caller-key/arrives", "also-elsewhere"))
def key_is_sent_twice(patch, stack):
    """The key is sent as `x-api-key` too."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI

    def made(*, api_key, **options):
        return original(api_key=api_key, default_headers={"x-api-key": api_key}, **options)

    patch.setattr(module, "AsyncOpenAI", made)


@flips({"caller-key/callers-headers": "forwarded"})
def callers_cookie_is_forwarded(patch, stack):
    """The vendor gets the caller's cookie."""
    headers = stack("core.request_headers")
    module = stack(PASSTHROUGH)
    parse, original = headers.parse_request_provider_data, module.AsyncOpenAI
    seen = {}

    def remember(fields):
        seen["cookie"] = fields.get("cookie", "")
        return parse(fields)

    patch.setattr(headers, "parse_request_provider_data", remember)
    patch.setattr(module, "AsyncOpenAI", lambda **o: original(default_headers=seen, **o))


@flips({"caller-key/two-callers-at-once": "mixed-up", "caller-key/is-forgotten": "still-used"})
def first_key_is_used_for_all(patch, stack):
    """A provider remembers the first key that it is given."""
    original = stack(ADAPTER)._get_passthrough_api_key
    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", functools.cache(original))


@flips({"store-files/after-boot": "others-too", "store-files/after-traffic": "others-too"})
def providers_leave_a_file(patch, stack):
    """A provider writes into the working directory."""

    async def initialize(_self):
        Path("left-behind").touch()

    patch.setattr(stack(ADAPTER), "initialize", initialize)


@flips({
    "key-kept/in-files": "kept",
    "key-kept/in-the-log": "kept",
    "key-kept/in-the-terminal": "kept",
    "key-in-log/both-fields": "whole-key",
})
def keys_are_written_down(patch, stack):
    """Each key that is used is written to a file, logged and printed."""
    original = stack(ADAPTER)._get_passthrough_api_key
    logger = logging.getLogger(stack(PASSTHROUGH).__name__)

    def get(self):
        key = original(self)
        Path(os.environ["HOME"], "keys").write_text(key, encoding="utf-8")
        logger.error("a key: %s", key)
        print(key)
        return key

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)


@flips({
    "key-in-log/key-alone": "nothing",
    "key-in-log/short-key-alone": "nothing",
    "key-in-log/misspelt-field": "nothing",
})
def provider_data_is_not_logged(patch, stack):
    """What is wrong with the header is logged without what is in it."""
    logger = stack("core.request_headers:log")
    patch.setattr(logger, "error", lambda *_args, **_options: logger.warning("bad provider data"))


@flips(each("streaming/first-piece", "held-back"))
def streams_are_joined(patch, stack):
    """A stream is passed on once it is complete."""

    async def joined(stream):
        for chunk in [chunk async for chunk in stream]:
            yield chunk

    replace_stream(patch, stack, joined)


@flips({
    "client-version/client-same": "turned-away",
    "client-version/client-other-patch": "turned-away",
    "client-version/client-unreadable": "turned-away",
})
def every_client_is_turned_away(patch, stack):
    """A client that names any version is of the wrong one."""
    middleware = stack("core.server.server:ClientVersionMiddleware")

    async def call(self, scope, receive, send):
        if "x-llamastack-client-version" not in dict(_named(scope)):
            return await self.app(scope, receive, send)
        await send({"type": "http.response.start", "status": 426, "headers": []})
        return await send({"type": "http.response.body", "body": b"{}"})

    patch.setattr(middleware, "__call__", call)


@flips({"client-version/client-other-minor": "served"})
def client_versions_are_not_compared(patch, stack):
    """What version a client names does not matter."""
    middleware = stack("core.server.server:ClientVersionMiddleware")
    patch.setattr(middleware, "__call__", lambda self, *connection: self.app(*connection))


def _named(scope):
    return [(name.decode(), value.decode()) for name, value in scope.get("headers", [])]

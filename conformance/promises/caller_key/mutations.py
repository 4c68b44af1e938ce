"""Mutations for the checks of `caller-key`."""

import functools

from conformance.stack.mutations import find_no_model, flips, statuses

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
PASSTHROUGH = ADAPTER.partition(":")[0]
MODELS = "openai", "openai-mini", "gemini", "anthropic"


@flips({f"caller-key/arrives-{model}": "also-elsewhere" for model in MODELS})
def key_is_sent_twice(patch, stack):
    """The key is sent as `x-api-key` too."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI

    def made(*, api_key, **options):
        return original(api_key=api_key, default_headers={"x-api-key": api_key}, **options)

    patch.setattr(module, "AsyncOpenAI", made)


NOT_SENT = (
    *(f"caller-key/arrives-{model}" for model in MODELS),
    *("caller-key/callers-headers", "caller-key/two-callers-at-once", "caller-key/is-forgotten"),
)


@flips(dict.fromkeys(NOT_SENT, "not-sent"))
def no_chat_leaves(patch, stack):
    """Every chat ends before it reaches a provider."""
    find_no_model(patch, stack)


@flips(
    {f"caller-key/arrives-{model}": "missing" for model in MODELS}
    | {"caller-key/two-callers-at-once": "missing"}
)
def every_key_is_another(patch, stack):
    """The vendor is asked with a key that no caller has."""
    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", lambda _: "nobodys")
    patch.setattr(stack(ADAPTER), "list_models", _nothing)


async def _nothing(_):
    return []


@flips({"caller-key/is-forgotten": "answered"})
def errors_are_successes(patch, stack):
    """Every answer has the status 200."""
    statuses(patch, stack, lambda _: 200)


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

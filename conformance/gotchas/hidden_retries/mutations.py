"""Mutations for the checks of `hidden-retries`."""

from conformance.stack.mutations import each, flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"

RETRIED = "timeout", "conflict", "bad-gateway", "bad-request-to-be-retried"
ASKED_ONCE = "bad-request", "rate-limit-not-to-be-retried"


@flips(
    {
        "hidden-retries/requests-for-rate-limit": "once",
        "hidden-retries/requests-for-server-error": "once",
        "hidden-retries/requests-for-overloaded": "once",
        "hidden-retries/requests-when-streamed": "once",
        **each("hidden-retries/answered-with", "once", RETRIED),
        "hidden-retries/hung-up": "once",
        "hidden-retries/vendor-recovers": "refused",
    }
)
def nothing_is_tried_again(patch, stack):
    """The SDK asks once."""
    module = stack(ADAPTER.partition(":")[0])
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=0, **options))


@flips(
    {
        "hidden-retries/requests-for-wrong-key": "another-number",
        **each("hidden-retries/answered-with", "another-number", ASKED_ONCE),
    }
)
def everything_is_tried_again(patch, stack):
    """What fails is tried once more."""
    original = stack(ADAPTER).openai_chat_completion

    async def twice(self, params):
        try:
            return await original(self, params)
        except Exception:  # noqa: BLE001 - whatever it is
            return await original(self, params)

    patch.setattr(stack(ADAPTER), "openai_chat_completion", twice)

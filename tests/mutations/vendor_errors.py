"""Mutations for the checks of what becomes of a vendor's errors, and how often it is asked."""

from fastapi import HTTPException

from tests.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
SERVER = "core.server.server"
VENDORS = "openai", "gemini", "anthropic"
FAULTS = "rate-limit", "server-error", "overloaded", "anthropic-overloaded"


@flips(
    {
        **{f"vendor-errors/status-for-wrong-key-{vendor}": "other-status" for vendor in VENDORS},
        **{
            f"vendor-errors/status-for-unknown-model-{vendor}": "other-status" for vendor in VENDORS
        },
        **{f"vendor-errors/status-for-{fault}": "other-status" for fault in FAULTS},
        **{f"vendor-errors/body-{vendor}": "nothing-of-it" for vendor in VENDORS},
    }
)
def every_error_is_a_bad_gateway(patch, stack):
    """Whatever fails is a 502 without a reason."""
    patch.setattr(stack(SERVER), "translate_exception", lambda _e: HTTPException(502, "failed"))


@flips({"vendor-errors/retry-after": "passed-on"})
def retry_after_is_passed_on(patch, stack):
    """The vendor's `retry-after` is in the answer."""
    original = stack(SERVER).global_exception_handler

    async def handle(request, error):
        answer = await original(request, error)
        answer.headers["retry-after"] = error.response.headers["retry-after"]
        return answer

    patch.setattr(stack(SERVER), "global_exception_handler", handle)


@flips(
    {
        "hidden-retries/requests-for-rate-limit": "once",
        "hidden-retries/requests-for-server-error": "once",
        "hidden-retries/requests-for-overloaded": "once",
        "hidden-retries/requests-when-streamed": "once",
        "hidden-retries/vendor-recovers": "refused",
    }
)
def nothing_is_tried_again(patch, stack):
    """The SDK asks once."""
    module = stack(ADAPTER.partition(":")[0])
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=0, **options))


@flips({"hidden-retries/requests-for-wrong-key": "several"})
def everything_is_tried_again(patch, stack):
    """What fails is tried once more."""
    original = stack(ADAPTER).openai_chat_completion

    async def twice(self, params):
        try:
            return await original(self, params)
        except Exception:  # noqa: BLE001 - whatever it is
            return await original(self, params)

    patch.setattr(stack(ADAPTER), "openai_chat_completion", twice)

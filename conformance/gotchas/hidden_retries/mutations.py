"""Mutations for the checks of `hidden-retries`."""

from conformance.stack.mutations import each, flips, statuses

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
        "hidden-retries/vendor-recovers": "server-error",
    }
)
def nothing_is_tried_again(patch, stack):
    """The SDK asks once."""
    module = stack(ADAPTER.partition(":")[0])
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=0, **options))


@flips(
    {
        "hidden-retries/hung-up": "more-than-three",
        **each("hidden-retries/answered-with", "more-than-three", RETRIED),
    }
)
def the_sdk_tries_three_times_more(patch, stack):
    """What the SDK tries again it tries three times more."""
    module = stack(ADAPTER.partition(":")[0])
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=3, **options))


@flips({"hidden-retries/vendor-recovers": "not-asked-again"})
def failures_are_passed_on_as_answers(patch, stack):
    """The SDK asks once, and the caller gets a 200 whatever the vendor says."""
    nothing_is_tried_again.change(patch, stack)
    statuses(patch, stack, lambda _: 200)


@flips({"hidden-retries/vendor-recovers": "refused"})
def failures_are_the_callers(patch, stack):
    """The SDK asks once, and the caller gets a 400 whatever the vendor says."""
    nothing_is_tried_again.change(patch, stack)
    statuses(patch, stack, lambda _: 400)


@flips(
    {
        "hidden-retries/requests-for-wrong-key": "twice",
        **each("hidden-retries/answered-with", "twice", ASKED_ONCE),
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


@flips({"hidden-retries/waits-as-told": "not-waited"})
def the_sdk_waits_as_long_as_ever(patch, _stack):
    """The SDK does not read how long it is to wait."""
    from openai import AsyncOpenAI

    patch.setattr(AsyncOpenAI, "_parse_retry_after_header", lambda *_arguments: None)

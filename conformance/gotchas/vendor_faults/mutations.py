"""Mutations for the checks of `vendor-faults`."""

from conformance.stack.mutations import (
    PASSTHROUGH,
    blame_vendors,
    each,
    end_failing_streams,
    flips,
)

PLAIN = (
    *("reset", "cut-off-chunk", "no-utf-8", "no-json", "html", "error-with-200"),
    *("empty", "empty-object", "no-choices", "no-gzip", "short", "length-too-small"),
)
ANSWERED = "slices", "slow", "slow-to-close", "oversized", "inflated"
STREAMED = "slow", "slow-to-close", "oversized"
BROKEN_OFF = "cut-off", "no-json", "no-utf-8", "no-gzip"


@flips(
    {
        **each("vendor-faults/plain", "gateway-status", PLAIN),
        "vendor-faults/down": "gateway-status",
        "vendor-faults/no-such-host": "gateway-status",
        "vendor-faults/tls": "gateway-status",
        "vendor-faults/silent": "gateway-status",
        "vendor-faults/streamed-reset-at-once": "gateway-status",
    }
)
def whatever_fails_is_the_vendors_fault(patch, stack):
    """Every error is a 502."""
    blame_vendors(patch, stack)


@flips(
    {
        **each("vendor-faults/streamed", "empty-success", BROKEN_OFF),
        **each("vendor-faults/streamed", "answered", ("reset", "short")),
    }
)
def a_stream_that_fails_just_ends(patch, stack):
    """What goes wrong in a stream is its end."""
    end_failing_streams(patch, stack)


@flips(each("vendor-faults/streamed", "error-event", ("html", "json-error", "empty", "done-alone")))
def an_empty_stream_is_an_error(patch, stack):
    """A stream without a chunk is an error of the vendor."""

    async def wrapped(stream):
        chunks = 0
        async for chunk in stream:
            chunks += 1
            yield chunk
        if not chunks:
            raise ValueError("the vendor sent nothing")

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", wrapped)


@flips(
    {
        **each("vendor-faults/plain", "broken-afterwards", ANSWERED),
        **each("vendor-faults/streamed", "broken-afterwards", STREAMED),
    }
)
def nothing_is_answered(patch, stack):
    """Every chat fails."""

    async def chat(_self, _params):
        raise RuntimeError("no")

    patch.setattr(stack(PASSTHROUGH).PassthroughInferenceAdapter, "openai_chat_completion", chat)


@flips({"vendor-faults/patience": "ten-minutes"})
def a_silent_vendor_is_asked_once(patch, stack):
    """The SDK makes one attempt."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=0, **options))

"""Mutations for the checks of `stream-errors`."""

from conformance.stack.mutations import flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"
ROUTER = "core.routers.inference:InferenceRouter"
VENDORS = "openai", "gemini", "anthropic"


@flips(
    {
        "stream-errors/missing-key": "ok-with-error-event",
        "stream-errors/rate-limit": "ok-with-error-event",
        **{f"stream-errors/wrong-key-{vendor}": "ok-with-error-event" for vendor in VENDORS},
    }
)
def vendor_is_asked_inside_the_stream(patch, stack):
    """A stream begins before the vendor is asked."""
    original = stack(ROUTER).openai_chat_completion

    async def answer(self, params):
        async def late():
            async for chunk in await original(self, params):
                yield chunk

        return late() if params.stream else await original(self, params)

    patch.setattr(stack(ROUTER), "openai_chat_completion", answer)


@flips(
    {
        "stream-errors/broken-off": "ok-and-silent",
        "stream-errors/vendors-error-event": "ok-and-silent",
    }
)
def failing_streams_just_end(patch, stack):
    """A stream that fails ends, and that is all."""

    async def quiet(stream):
        try:
            async for chunk in stream:
                yield chunk
        except Exception:  # noqa: BLE001 - any failure is an end
            return

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", quiet)


@flips({"stream-errors/vendors-reason": "reason-passed-on"})
def reason_is_passed_on(patch, stack):
    """An error of a vendor has a status, and so keeps its message."""

    async def explained(stream):
        try:
            async for chunk in stream:
                yield chunk
        except Exception as error:
            error.status_code = 502  # type: ignore[attr-defined]
            raise

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", explained)

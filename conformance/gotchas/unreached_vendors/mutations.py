"""Mutations for the checks of `unreached-vendors`."""

from conformance.stack.mutations import PASSTHROUGH, SERVER, flips


@flips(
    {
        "unreached-vendors/down-for-a-stream": "gateway-status",
        "unreached-vendors/unknown-authority": "gateway-status",
    }
)
def whatever_fails_is_the_vendors_fault(patch, stack):
    """Every error is a 502."""
    from fastapi import HTTPException

    patch.setattr(stack(SERVER), "translate_exception", lambda _e: HTTPException(502, "vendor"))


@flips({"unreached-vendors/silent-in-a-stream": "taken-for-success"})
def a_stream_that_fails_just_ends(patch, stack):
    """What goes wrong in a stream is its end."""

    async def wrapped(stream):
        try:
            async for chunk in stream:
                yield chunk
        except Exception:  # noqa: BLE001 - whatever it is
            return

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", wrapped)

"""Mutations for the checks of `vendor-errors`."""

from conformance.stack.mutations import blame_vendors, flips

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
    blame_vendors(patch, stack)


@flips({"vendor-errors/retry-after": "replaced"})
def every_error_says_when_to_come_back(patch, stack):
    """The server has a `retry-after` of its own for whatever fails."""
    original = stack(SERVER).global_exception_handler

    async def handle(request, error):
        answer = await original(request, error)
        answer.headers["retry-after"] = "30"
        return answer

    patch.setattr(stack(SERVER), "global_exception_handler", handle)


@flips({"vendor-errors/retry-after": "passed-on"})
def retry_after_is_passed_on(patch, stack):
    """The vendor's `retry-after` is in the answer."""
    original = stack(SERVER).global_exception_handler

    async def handle(request, error):
        answer = await original(request, error)
        answer.headers["retry-after"] = error.response.headers["retry-after"]
        return answer

    patch.setattr(stack(SERVER), "global_exception_handler", handle)

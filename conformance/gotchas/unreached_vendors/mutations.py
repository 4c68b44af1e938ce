"""Mutations for the checks of `unreached-vendors`."""

from conformance.stack.mutations import blame_vendors, end_failing_streams, flips


@flips(
    {
        "unreached-vendors/down-for-a-stream": "gateway-status",
        "unreached-vendors/unknown-authority": "gateway-status",
    }
)
def whatever_fails_is_the_vendors_fault(patch, stack):
    """Every error is a 502."""
    blame_vendors(patch, stack)


@flips({"unreached-vendors/silent-in-a-stream": "taken-for-success"})
def a_stream_that_fails_just_ends(patch, stack):
    """What goes wrong in a stream is its end."""
    end_failing_streams(patch, stack)

"""Mutations for the checks of `open-catalogue`."""

from conformance.stack.mutations import flips, served_without


@flips(
    {
        f"open-catalogue/{check}": "refused"
        for check in (
            *("add", "remove"),
            *("restart-after-an-addition", "restart-after-a-replacement"),
        )
    }
)
def the_catalogue_is_read_only(patch, stack):
    """Nobody can register or unregister a model through the server."""
    served_without(patch, stack, "/v1/models", "POST", "DELETE")

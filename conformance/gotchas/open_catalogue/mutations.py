"""Mutations for the checks of `open-catalogue`."""

from conformance.stack.mutations import flips, served_without, statuses

TABLE = "core.routing_tables.models:ModelsRoutingTable"
CHECKS = (
    *("open-catalogue/add", "open-catalogue/remove"),
    *("open-catalogue/restart-after-an-addition", "open-catalogue/restart-after-a-replacement"),
)


@flips(dict.fromkeys(CHECKS, "server-error"))
def changes_of_the_catalogue_fail(patch, stack):
    """Whatever the catalogue should become, the answer is a 500."""
    served_without(patch, stack, "/v1/models", "POST", "DELETE")
    statuses(patch, stack, lambda own: 500 if own == 405 else own)


@flips(
    {
        "open-catalogue/add": "not-listed",
        "open-catalogue/remove": "still-there",
        "open-catalogue/restart-after-an-addition": "not-listed",
        "open-catalogue/restart-after-a-replacement": "restored",
    }
)
def changes_of_the_catalogue_do_nothing(patch, stack):
    """Models cannot be registered or unregistered through the server, which says they were."""
    served_without(patch, stack, "/v1/models", "POST", "DELETE")
    statuses(patch, stack, lambda own: 200 if own == 405 else own)


@flips({"open-catalogue/restart-after-a-replacement": "gone"})
def only_removals_are_stored(patch, stack):
    """What the config registers is registered before a stranger's removal, and not after it."""
    removed = set()
    table = stack(TABLE)
    unregister, register = table.unregister_object, table.register_object

    async def away(self, entry):
        removed.add(entry.identifier)
        return await unregister(self, entry)

    async def kept(self, entry):
        return entry if entry.identifier in removed else await register(self, entry)

    patch.setattr(table, "unregister_object", away)
    patch.setattr(table, "register_object", kept)


@flips(dict.fromkeys(CHECKS, "refused"))
def the_catalogue_is_read_only(patch, stack):
    """Nobody can register or unregister a model through the server."""
    served_without(patch, stack, "/v1/models", "POST", "DELETE")

"""Mutations for the checks of `stale-discovery`."""

from conformance.stack.mutations import flips


@flips(
    {
        "stale-discovery/no-longer-listed-remote-openai": "kept",
        "stale-discovery/no-longer-listed-passthrough": "kept",
        "stale-discovery/allowed-models-narrowed": "kept",
        "stale-discovery/unregistered-provider-kept": "kept",
        "stale-discovery/unregistered-provider-gone": "kept",
    }
)
def nothing_is_ever_unregistered(patch, stack):
    """A model that was registered once cannot be taken back."""

    async def keep(self, obj):
        pass

    patch.setattr(stack("core.routing_tables.models:ModelsRoutingTable"), "unregister_object", keep)

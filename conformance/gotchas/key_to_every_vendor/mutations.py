"""Mutations for the checks of `key-to-every-vendor`."""

from conformance.stack.mutations import flips

TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "key-to-every-vendor/listing": "no-vendor",
        "key-to-every-vendor/catalogue": "registered-only",
        "key-to-every-vendor/models-of-the-url": "not-asked",
    }
)
def catalogue_is_the_registry(patch, stack):
    """The catalogue is what is registered, no matter who asks for it."""

    async def none(_):
        return []

    patch.setattr(stack(TABLE), "_get_dynamic_models_from_provider_data", none)

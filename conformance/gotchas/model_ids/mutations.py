"""Mutations for the checks of `model-ids`."""

from conformance.stack.mutations import flips

TABLE = "core.routing_tables.models:ModelsRoutingTable"


def _entries(patch, stack, identifier, resource):
    """Register models under another identifier, and for another name at the vendor."""
    entry = stack("core.datatypes:ModelWithOwner")

    async def register_model(self, request):
        fields = {
            "identifier": f"{request.provider_id}/{identifier(request)}",
            "provider_resource_id": resource(request),
            "provider_id": request.provider_id,
        }
        return await self.register_object(entry(**fields))

    patch.setattr(stack(TABLE), "register_model", register_model)


@flips(
    {
        "model-ids/alias-listed": "model-id-listed",
        "model-ids/call-alias": "resolved",
        "model-ids/entries-with-and-without-alias": "several-entries",
    }
)
def model_id_names_the_entry(patch, stack):
    """An entry is listed under its `model_id`, and stands for its `provider_model_id`."""
    _entries(patch, stack, lambda r: r.model_id, lambda r: r.provider_model_id or r.model_id)


@flips({"model-ids/call-aliased-model": "unresolved"})
def alias_is_sent_to_the_vendor(patch, stack):
    """An entry is listed under its `provider_model_id`, and stands for its `model_id`."""
    _entries(patch, stack, lambda r: r.provider_model_id or r.model_id, lambda r: r.model_id)


@flips({"model-ids/entries-with-and-without-prefix": "one-entry"})
def repeated_prefix_is_dropped(patch, stack):
    """`openai/gpt-4o` of the provider `openai` is taken for `gpt-4o`."""
    short = [lambda r: r.model_id.removeprefix(f"{r.provider_id}/")] * 2
    _entries(patch, stack, *short)

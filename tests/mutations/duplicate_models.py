"""Mutations for the checks of models that are registered twice, and of combined identifiers."""

from tests.mutations import flips

TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "duplicate-models/first-start-remote-openai": "duplicate-error",
        "duplicate-models/first-start-passthrough": "duplicate-error",
    }
)
def discovery_ignores_what_is_registered(patch, stack):
    """Discovery registers every model of the vendor, known or not."""
    entry = stack("core.datatypes:ModelWithOwner")

    async def update(self, provider_id, models):
        for model in models:
            found = model.model_dump() | {
                "identifier": f"{provider_id}/{model.provider_resource_id}",
                "source": "listed_from_provider",
            }
            await self.register_object(entry(**found))

    patch.setattr(stack(TABLE), "update_registered_models", update)


@flips(
    {
        "duplicate-models/second-start-remote-openai": "duplicate-error",
        "duplicate-models/second-start-passthrough": "duplicate-error",
        "model-ids/entries-same-model-twice": "duplicate-error",
        "model-ids/entries-with-and-without-alias": "duplicate-error",
    }
)
def equal_entry_is_refused(patch, stack):
    """The registry refuses an entry that it already holds, even the very same."""
    registry = stack("core.store.registry:DiskDistributionRegistry")
    original = registry.register

    async def register(self, obj):
        if await self.get(obj.type, obj.identifier):
            raise ValueError(f"{obj.identifier} already exists")
        return await original(self, obj)

    patch.setattr(registry, "register", register)


@flips(
    {
        "duplicate-models/registered-after-discovery-remote-openai": "one-entry",
        "duplicate-models/registered-after-discovery-passthrough": "one-entry",
        "model-ids/entries-other-metadata": "one-entry",
        "model-ids/entries-other-type": "one-entry",
    }
)
def later_entry_replaces_the_earlier(patch, stack):
    """The registry takes every entry; of two with one identifier the later stays."""
    registry = stack("core.store.registry:DiskDistributionRegistry")
    key = stack("core.store.registry:KEY_FORMAT")

    async def register(self, obj):
        name = key.format(type=obj.type, identifier=obj.identifier)
        await self.kvstore.set(name, obj.model_dump_json())
        return True

    patch.setattr(registry, "register", register)


@flips({"duplicate-models/neither-replaces-the-other": "discovered-only"})
def discovery_replaces_what_is_registered(patch, stack):
    """Discovery first removes all models of its provider."""
    table = stack(TABLE)
    original = table.update_registered_models

    async def update(self, provider_id, models):
        for model in await self.get_all_with_type("model"):
            if model.provider_id == provider_id:
                await self.unregister_object(model)
        await original(self, provider_id, models)

    patch.setattr(table, "update_registered_models", update)


@flips({"duplicate-models/discovered-by-two-providers": "one-entry"})
def a_model_is_discovered_once(patch, stack):
    """Discovery leaves out what another provider has."""
    table = stack(TABLE)
    original = table.update_registered_models

    async def update(self, provider_id, models):
        known = {m.provider_resource_id for m in await self.get_all_with_type("model")}
        fresh = [model for model in models if model.provider_resource_id not in known]
        await original(self, provider_id, fresh)

    patch.setattr(table, "update_registered_models", update)


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

"""Mutations for the checks of `duplicate-models`."""

from conformance.stack.mutations import flips

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
            raise ValueError(f"'{obj.identifier}' already exists")
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


@flips({"duplicate-models/neither-replaces-the-other": "neither"})
def discovery_forgets_all_models(patch, stack):
    """Discovery removes all models of its provider, and registers none."""

    async def update(self, provider_id, _models):
        for model in await self.get_all_with_type("model"):
            if model.provider_id == provider_id:
                await self.unregister_object(model)

    patch.setattr(stack(TABLE), "update_registered_models", update)


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

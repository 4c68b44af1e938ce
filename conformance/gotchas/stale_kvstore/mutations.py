"""Mutations for the checks of `stale-kvstore`."""

from conformance.stack.mutations import flips

REGISTRY = "core.store.registry:CachedDiskDistributionRegistry"
KINDS = ("remote-openai", "passthrough")


@flips(
    {
        "stale-kvstore/removed-model": "gone",
        "stale-kvstore/removed-provider": "gone",
        "stale-kvstore/renamed-provider": "gone",
        "stale-kvstore/deleted-store-sql": "gone",
        "stale-kvstore/changed-entry": "replaced",
        "stale-calls/call-stale-model": "unlisted-answered",
        "stale-calls/call-model-of-removed-provider": "not-found-404",
        "stale-discovery/unregistered-provider-kept": "gone-before",
    }
    | {
        f"stale-discovery/{check}-{kind}": "gone"
        for check in ("key-gone", "listing-refused", "provider-gone")
        for kind in KINDS
    }
)
def registry_starts_empty(patch, stack):
    """The registry forgets at every start what is on disk."""

    async def nothing(self):
        self._initialized = True

    patch.setattr(stack(REGISTRY), "_ensure_initialized", nothing)


@flips(
    {
        "stale-kvstore/deleted-store-kv": "kept",
        "stale-calls/call-forgotten-model": "answered",
        "stale-calls/call-forgotten-model-of-removed-provider": "rejected-400",
    }
)
def registry_has_a_second_copy(patch, stack):
    """The registry knows what was registered even after its file is deleted."""
    registry = stack(REGISTRY)
    register, load = registry.register, registry._ensure_initialized
    copies = {}

    async def remember(self, obj):
        copies[obj.type, obj.identifier] = obj
        return await register(self, obj)

    async def recall(self):
        fresh = not self._initialized
        await load(self)
        if fresh:
            self.cache.update(copies)

    patch.setattr(registry, "register", remember)
    patch.setattr(registry, "_ensure_initialized", recall)

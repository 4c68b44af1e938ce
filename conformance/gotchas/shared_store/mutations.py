"""Mutations for the checks of `shared-store`."""

from conformance.stack.mutations import PASSTHROUGH, flips_server


@flips_server({"shared-store/chats": "neither"})
def no_vendor_is_asked(patch, stack):
    """Every chat fails."""

    async def chat(_self, _params):
        raise RuntimeError("changed")

    patch.setattr(stack(PASSTHROUGH).PassthroughInferenceAdapter, "openai_chat_completion", chat)


@flips_server({"shared-store/stored-chats": "not-listed"})
def nothing_is_stored(patch, stack):
    """No chat is written to the store."""

    async def store(*_arguments):
        pass

    owner = stack("providers.utils.inference.inference_store").InferenceStore
    patch.setattr(owner, "store_chat_completion", store)


@flips_server(
    {"shared-store/configured-model": "seen", "shared-store/registered-model": "seen"},
)
def the_registry_is_read_from_disk(patch, stack):
    """The registry keeps no copy in memory."""
    module = stack("core.store.registry")
    for name in ("get", "get_all"):
        patch.setattr(
            module.CachedDiskDistributionRegistry,
            name,
            vars(module.DiskDistributionRegistry)[name],
        )

"""Mutations for the checks of `unlisted-models`."""

from conformance.stack.mutations import flips

ROUTER = "core.routers.inference:InferenceRouter"
TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "unlisted-models/call-same-vendor": "not-found",
        "unlisted-models/call-small-models-provider": "not-found",
        "unlisted-models/call-unknown-to-the-vendor": "not-found",
        "model-ids/call-prefixed-model-as-registered": "not-found",
    }
)
def only_registered_models_are_served(patch, stack):
    """A model that is not registered is not found."""
    error = stack("core.routers.inference:ModelNotFoundError")

    async def fallback(_, model_id, *__):
        raise error(model_id)

    patch.setattr(stack(ROUTER), "_get_provider_by_fallback", fallback)


@flips(
    {
        "unlisted-models/call-unknown-provider": "refused",
        "unlisted-models/call-bare-name": "refused",
        "unlisted-models/call-providers-name": "refused",
        "model-ids/call-bare-alias": "refused",
    }
)
def unknown_names_are_a_bad_request(patch, stack):
    """A name without a provider is the caller's mistake, not a missing resource."""
    error = stack("core.routers.inference:ModelNotFoundError")
    router = stack(ROUTER)
    original = router._get_provider_by_fallback

    async def fallback(self, model_id, expected_model_type):
        try:
            return await original(self, model_id, expected_model_type)
        except error as cause:
            raise ValueError("write <provider_id>/<model>") from cause

    patch.setattr(router, "_get_provider_by_fallback", fallback)


@flips({"unlisted-models/look-up": "found"})
def every_model_can_be_looked_up(patch, stack):
    """A model that can be called can be looked up."""

    async def get_model(self, _):
        return (await self.get_all_with_type("model"))[0]

    patch.setattr(stack(TABLE), "get_model", get_model)

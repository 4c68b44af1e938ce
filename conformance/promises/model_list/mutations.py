"""Mutations for the checks of `model-list`."""

from conformance.stack.mutations import flips

TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "model-list/exactly-the-registered": "missing",
        "model-list/full-identifier": "other-identifiers",
    }
)
def last_model_is_not_listed(patch, stack):
    """The catalogue lacks its last model."""
    original = stack(TABLE).openai_list_models

    async def listed(self):
        answer = await original(self)
        answer.data.pop()
        return answer

    patch.setattr(stack(TABLE), "openai_list_models", listed)


@flips({"model-list/after-a-listing-with-a-key": "others-listed"})
def models_of_a_caller_are_remembered(patch, stack):
    """What a vendor lists for one caller is shown to all."""
    original = stack(TABLE)._get_dynamic_models_from_provider_data
    seen = []

    async def listed(self):
        seen.extend(await original(self))
        return seen

    patch.setattr(stack(TABLE), "_get_dynamic_models_from_provider_data", listed)

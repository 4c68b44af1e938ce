"""Mutations for the checks of `model-list`."""

from conformance.stack.altered_answers import alter, in_objects
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


@flips({"model-list/order": "other-order"})
def models_are_listed_backwards(patch, stack):
    """The list of models begins with the last one."""

    def reversed_list(body, _place):
        if "data" in body:
            body["data"].reverse()

    alter(patch, stack, in_objects(reversed_list))


@flips({"model-list/one-model": "not-as-listed"})
def one_model_has_the_form_of_openai(patch, stack):
    """A model that is asked for by its id has all fields, and an owner that the list does not."""

    def formed(body, _place):
        if "identifier" in body:
            body.update(id=body["identifier"], object="model", created=1, owned_by="nobody")

    alter(patch, stack, in_objects(formed))

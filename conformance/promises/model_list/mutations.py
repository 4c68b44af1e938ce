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


@flips({"model-list/exactly-the-registered": "repeated", "model-list/order": "other-order"})
def first_model_is_listed_twice(patch, stack):
    """The catalogue shows its first model once more."""
    original = stack(TABLE).openai_list_models

    async def listed(self):
        answer = await original(self)
        answer.data.append(answer.data[0])
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


def of_entries(change):
    """Return a change of every entry of a list of models."""

    def changed(body, _place):
        for entry in body.get("data", ()):
            change(entry)

    return in_objects(changed)


@flips({"model-list/order": "other-order"})
def models_are_listed_backwards(patch, stack):
    """The list of models begins with the last one."""

    def reversed_list(body, _place):
        if "data" in body:
            body["data"].reverse()

    alter(patch, stack, in_objects(reversed_list))


@flips({"model-list/entries": "another-owner"})
def models_belong_to_somebody(patch, stack):
    """The owner of every listed model is the vendor."""
    alter(patch, stack, of_entries(lambda entry: entry.update(owned_by="openai")))


@flips({"model-list/entries": "another-time"})
def models_are_of_another_day(patch, stack):
    """Every listed model is as old as OpenAI's first one for chats."""
    alter(patch, stack, of_entries(lambda entry: entry.update(created=1_677_610_602)))


@flips({"model-list/entries": "other-metadata"})
def models_lose_their_kind(patch, stack):
    """Every listed model is one for embeddings."""

    def of_embeddings(entry):
        entry["custom_metadata"]["model_type"] = "embedding"

    alter(patch, stack, of_entries(of_embeddings))


@flips({"model-list/one-model": "another-model"})
def one_model_stands_for_another(patch, stack):
    """Whichever model is asked for, the answer names the same other one."""

    def renamed(body, _place):
        for field in {"identifier", "id"} & body.keys():
            body[field] = "openai/gpt-5"

    alter(patch, stack, in_objects(renamed))


@flips({"model-list/one-model": "not-as-listed"})
def one_model_has_the_form_of_openai(patch, stack):
    """A model that is asked for by its id has all fields, and an owner that the list does not."""

    def formed(body, _place):
        if "identifier" in body:
            body.update(id=body["identifier"], object="model", created=1, owned_by="nobody")

    alter(patch, stack, in_objects(formed))

"""Mutations for the checks of `model-ids`."""

from conformance.stack.mutations import each, find_no_model, flips, statuses

TABLE = "core.routing_tables.models:ModelsRoutingTable"
CALLS = (
    *("plain-model", "alias", "bare-alias", "aliased-model", "prefixed-model"),
    "prefixed-model-as-registered",
)
ANOTHER = "model-ids/another-provider"
PAIRS = (
    *("same-model-twice", "with-and-without-prefix", "with-and-without-alias", "other-metadata"),
    "other-type",
)


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


@flips({**each("model-ids/entries", "no-entry", PAIRS), "model-ids/alias-listed": "not-listed"})
def nothing_is_registered(patch, stack):
    """The models of a config are forgotten."""

    async def forget(self, request):
        pass

    patch.setattr(stack(TABLE), "register_model", forget)


@flips({"model-ids/alias-listed": "both-listed"})
def an_alias_is_one_more_entry(patch, stack):
    """A model with an alias is listed under it, and under the vendor's name."""
    entry = stack("core.datatypes:ModelWithOwner")

    async def register_model(self, request):
        for name in (request.model_id, request.provider_model_id):
            fields = {
                "identifier": f"{request.provider_id}/{name}",
                "provider_resource_id": request.provider_model_id,
                "provider_id": request.provider_id,
            }
            await self.register_object(entry(**fields))

    patch.setattr(stack(TABLE), "register_model", register_model)


@flips({**each("model-ids/call", "not-found", CALLS[:2] + CALLS[3:]), ANOTHER: "not-found"})
def no_model_is_found(patch, stack):
    """Every chat ends as one for an unknown model does."""
    router = stack("core.routers.inference:InferenceRouter")
    unknown = stack("core.routers.inference:ModelNotFoundError")

    async def refuse(_self, model, _kind):
        raise unknown(model)

    patch.setattr(router, "_get_model_provider", refuse)


@flips({**each("model-ids/call", "refused", CALLS), ANOTHER: "refused"})
def every_chat_is_a_mistake(patch, stack):
    """Every chat is refused before it reaches a provider."""
    find_no_model(patch, stack)


@flips({**each("model-ids/call", "server-error", CALLS), ANOTHER: "server-error"})
def every_chat_is_a_fault(patch, stack):
    """The gateway fails at every chat before it reaches a provider."""
    router = stack("core.routers.inference:InferenceRouter")

    async def fail(*_):
        raise RuntimeError("no")

    patch.setattr(router, "_get_model_provider", fail)


ASKED = CALLS[0], CALLS[3], CALLS[5]  # those for which the vendor is asked for gpt-4o


@flips({**each("model-ids/call", "failed", ASKED), ANOTHER: "failed"})
def answers_become_errors(patch, stack):
    """The gateway says of every answer that it failed."""
    statuses(patch, stack, lambda _status: 500)


@flips(each("model-ids/call", "another-model", ("alias", "prefixed-model")))
def errors_become_answers(patch, stack):
    """The gateway says of every answer that all went well."""
    statuses(patch, stack, lambda _status: 200)

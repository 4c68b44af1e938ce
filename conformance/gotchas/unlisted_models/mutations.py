"""Mutations for the checks of `unlisted-models`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import (
    PASSTHROUGH,
    before_parsing,
    each,
    find_no_model,
    flips,
    statuses,
)

ROUTER = "core.routers.inference:InferenceRouter"
TABLE = "core.routing_tables.models:ModelsRoutingTable"
KINDS = "chat", "completion", "embedding"


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


CALLED = "unknown-to-the-vendor", "unknown-provider", "bare-name", "providers-name"
CALLS = *CALLED, "same-vendor", "small-models-provider"


NAMED_OTHERWISE = "unknown-to-the-vendor", "providers-name", "same-vendor"


@flips(each("unlisted-models/call", "another-model", NAMED_OTHERWISE))
def every_name_means_one_model(patch, stack):
    """Whatever model a caller names, OpenAI is asked for gpt-4o."""
    router = stack(ROUTER)
    original = router._get_model_provider

    async def found(self, _model, kind):
        return await original(self, "openai/gpt-4o", kind)

    patch.setattr(router, "_get_model_provider", found)


@flips(
    each("unlisted-models/call", "answered", CALLS)
    | each("unlisted-models/past-the-rules", "answered", ("chat",))
    | {
        "unlisted-models/against-the-rules": "answered",
        "unlisted-models/against-rules-alone": "answered",
        "unlisted-models/past-allowed-models": "answered",
        "unlisted-models/look-up": "another-answer",
    }
)
def all_is_answered_here(patch, stack):
    """No chat is sent, and every answer has the status 200 and says nothing."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)
    alter(patch, stack, lambda _: "{}")


@flips(
    each("unlisted-models/call", "server-error", CALLS)
    | each("unlisted-models/past-the-rules", "server-error", ("chat",))
    | {
        "unlisted-models/against-the-rules": "server-error",
        "unlisted-models/against-rules-alone": "server-error",
        "unlisted-models/past-allowed-models": "server-error",
        "unlisted-models/look-up": "server-error",
    }
)
def all_fails(patch, stack):
    """No chat is sent, and every answer has the status 503."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 503)


@flips({"unlisted-models/look-up": "found"})
def every_model_can_be_looked_up(patch, stack):
    """A model that can be called can be looked up."""

    async def get_model(self, model_id):
        known = (await self.get_all_with_type("model"))[0]
        return known.model_copy(update={"identifier": model_id})

    patch.setattr(stack(TABLE), "get_model", get_model)


@flips({"unlisted-models/look-up": "another-answer"})
def one_model_stands_for_all(patch, stack):
    """Whatever model is looked up, the first one is described."""

    async def get_model(self, _):
        return (await self.get_all_with_type("model"))[0]

    patch.setattr(stack(TABLE), "get_model", get_model)


@flips(each("unlisted-models/past-the-rules", "the-allowed-model", KINDS))
def the_body_names_no_other_model(patch, stack):
    """What `extra_body` says of the model is dropped."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    for name in ("openai_chat_completion", "openai_completion", "openai_embeddings"):
        original = getattr(adapter, name)

        async def answer(self, params, *, original=original):
            (params.model_extra or {}).get("extra_body", {}).pop("model", None)
            return await original(self, params)

        patch.setattr(adapter, name, answer)


@flips({"unlisted-models/against-the-rules": "forwarded"})
def rules_decide_nothing(patch, stack):
    """Whatever the rules say, everything is allowed."""
    module = stack("core.routers.inference")
    patch.setattr(module, "is_action_allowed", lambda *_: True)


@flips({"unlisted-models/against-rules-alone": "boot-fails"})
def rules_need_a_provider(patch, stack):
    """A config with rules and nothing that tells the callers apart is refused."""

    def refuse(config):
        auth = config["server"].get("auth")
        if auth and not auth.get("provider_config"):
            raise ValueError("access_policy needs a provider_config")

    before_parsing(patch, stack, refuse)


@flips({"unlisted-models/past-allowed-models": "another-model"})
def allowed_models_can_be_passed(patch, stack):
    """`remote::openai` sends what `extra_body` holds as fields of the body."""
    mixin = stack("providers.utils.inference.openai_mixin:OpenAIMixin")
    original = mixin.openai_chat_completion

    async def answer(self, params):
        other = params.model_extra["extra_body"]["model"]
        self.config.allowed_models.append(other)
        params.model = other
        return await original(self, params)

    patch.setattr(mixin, "openai_chat_completion", answer)

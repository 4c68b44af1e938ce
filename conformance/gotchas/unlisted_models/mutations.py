"""Mutations for the checks of `unlisted-models`."""

from conformance.stack.mutations import PASSTHROUGH, before_parsing, each, flips

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


@flips({"unlisted-models/look-up": "found"})
def every_model_can_be_looked_up(patch, stack):
    """A model that can be called can be looked up."""

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

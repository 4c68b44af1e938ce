"""Mutations for the checks of `any-model`."""

from conformance.stack.mutations import flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
ROUTER = "core.routers.inference:InferenceRouter"


@flips({"any-model/any-text": "boot-fails"})
def passthrough_checks_ids(patch, stack):
    """`remote::passthrough` refuses an id with a blank in it."""

    async def register_model(_, model):
        if " " in model.provider_resource_id:
            raise ValueError("no blanks in a model's id")
        return model

    patch.setattr(stack(PASSTHROUGH), "register_model", register_model)


@flips({"any-model/empty-text": "listed"})
def entries_with_an_empty_id_are_kept(patch, stack):
    """The config keeps a registered resource whose id is empty."""
    patch.setattr(stack("core.stack"), "RESOURCE_ID_FIELDS", [])


@flips({"any-model/number": "listed"})
def ids_are_cast_to_text(patch, stack):
    """A model's id is made a text, as the distribution's name is."""
    server = stack("core.server.server")
    original = server.cast_distro_name_to_string

    def cast(config):
        for model in config["registered_resources"]["models"]:
            model["model_id"] = str(model["model_id"])
        return original(config)

    patch.setattr(server, "cast_distro_name_to_string", cast)


@flips({"any-model/calls": "changed", "model-ids/call-prefixed-model": "resolved"})
def vendor_is_asked_for_one_model(patch, stack):
    """Whatever model a caller names, the vendor is asked for gpt-4o."""
    router = stack(ROUTER)
    original = router._get_model_provider

    async def found(self, model_id, expected_model_type):
        provider, _ = await original(self, model_id, expected_model_type)
        return provider, "gpt-4o"

    patch.setattr(router, "_get_model_provider", found)


@flips({"any-model/start-without-key": "requests"})
def passthrough_uses_a_made_up_key(patch, stack):
    """Without a key `remote::passthrough` asks the vendor with a made-up one."""
    patch.setattr(stack(PASSTHROUGH), "_get_passthrough_api_key", lambda _: "none")

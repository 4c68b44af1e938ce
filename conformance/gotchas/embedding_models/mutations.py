"""Mutations for the checks of `embedding-models`."""

from conformance.stack.mutations import flips

ROUTER = "core.routers.inference:InferenceRouter"
TABLE = "core.routing_tables.models:ModelsRoutingTable"
PASSTHROUGH = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips(
    {"embedding-models/embeddings-without-a-type": "says-so", "embedding-models/chat": "says-so"}
)
def a_wrong_type_is_the_callers_mistake(patch, stack):
    """A request that names a model of another type gets an error that says so."""
    error = stack("core.routers.inference:ModelTypeError")
    router = stack(ROUTER)
    original = router._get_model_provider

    async def found(self, model_id, expected_model_type):
        try:
            return await original(self, model_id, expected_model_type)
        except error as cause:
            raise ValueError(str(cause)) from cause

    patch.setattr(router, "_get_model_provider", found)


@flips(
    {
        "embedding-models/embeddings-with-its-type": "server-error",
        "embedding-models/start-without-dimension": "boots",
    }
)
def every_model_is_an_llm(patch, stack):
    """The catalogue takes every model for an llm."""
    original = stack(TABLE).register_model

    async def register_model(self, request):
        return await original(self, request.model_copy(update={"model_type": "llm"}))

    patch.setattr(stack(TABLE), "register_model", register_model)


@flips({"embedding-models/embeddings-not-registered": "not-implemented"})
def passthrough_forwards_no_embeddings(patch, stack):
    """`remote::passthrough` knows of no embeddings."""

    async def openai_embeddings(*_):
        raise NotImplementedError("no embeddings")

    patch.setattr(stack(PASSTHROUGH), "openai_embeddings", openai_embeddings)

"""An embedding model works as long as it is not registered, or registered with all it needs."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="embedding-models",
    happens="a model registered without `model_type: embedding` counts as an llm; requests for "
    "its embeddings get a 500",
    why="the mistake is made at registration, and the caller gets an unexplained 500 before "
    "anything is sent; with that type but without `metadata.embedding_dimension` the stack does "
    "not start; a model that is not registered just works",
    example="models: [{provider_id: openai, model_id: text-embedding-3-small}]",
    instead="register it with `model_type: embedding` and `metadata: {embedding_dimension: 1536}` "
    "(the vendor's number; nothing compares it), or do not register it",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"server-error", "rejected-400", "boot-fails"}),
    decided_by=(
        "core.routers.inference:InferenceRouter._get_model_provider",
        "core.routing_tables.models:ModelsRoutingTable.register_model",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

MODEL = "text-embedding-3-small"
TYPE = {"model_type": "embedding"}
DIMENSION = {"metadata": {"embedding_dimension": 1536}}
ENTRIES = {"with-its-type": TYPE | DIMENSION, "without-a-type": {}, "not-registered": None}
SIZE = 4  # numbers that are asked for; the vendor's own 1536 would say no more


async def started(share, config, name):
    """Start with one provider, and the model registered in this way."""
    provider = configs.provider("any", base_url="https://api.openai.com")
    fields = ENTRIES[name]
    entries = [] if fields is None else [{"provider_id": "any", "model_id": MODEL, **fields}]
    return await share(configs.inference(config, [provider], entries))


def refusal(answer):
    """Return the outcome for an answer without what was asked for."""
    says_so = "llm" in answer.text  # the type that was found, or the one that was wanted
    rejected = "says-so" if says_so else "rejected-400"
    named = {400: rejected, 404: "not-found", 500: "server-error", 501: "not-implemented"}
    if answer.status not in named:
        raise CouldNotObserveError(f"neither an answer nor the gateway's refusal: {answer}")
    return named[answer.status]


@pytest.mark.scenario("embeddings")
@pytest.mark.parametrize("name", ENTRIES)
@outcomes(
    answered="the vendor's vector arrives",
    says_so="a 400 says that the model is of another type",
    rejected_400="a 400 says nothing of types",
    server_error="a 500",
    not_found="a 404",
    not_implemented="a 501: the provider cannot do that",
    boot_fails="nothing: the stack does not boot",
)
async def test_embeddings(share, observed, config, provider_data, name):
    """A caller asks for the embedding of one text."""
    run = await started(share, config, name)
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.request(
        "POST",
        "/v1/embeddings",
        data=provider_data("openai"),
        body={"model": f"any/{MODEL}", "input": "Say hello.", "dimensions": SIZE},
    )
    rows = (answer.json() or {}).get("data") if answer.status == 200 else None
    arrived = rows is not None and len(rows[0]["embedding"]) == SIZE
    observed("answered" if arrived else refusal(answer), answer)


@pytest.mark.scenario("embeddings")
@outcomes(
    says_so="a 400 says that the model is of another type",
    rejected_400="a 400 says nothing of types",
    server_error="a 500",
    not_found="a 404",
    not_implemented="a 501: the provider cannot do that",
    boot_fails="nothing: the stack does not boot",
)
async def test_chat(share, observed, config, provider_data):
    """A caller chats with a registered embedding model."""
    run = await started(share, config, "with-its-type")
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.chat(f"any/{MODEL}", data=provider_data("openai"))
    observed(refusal(answer), answer)


@outcomes(boots="the stack boots", boot_fails="the stack does not boot")
async def test_start_without_dimension(boot, observed, config):
    """A model with `model_type: embedding` and no metadata."""
    provider = configs.provider("any", base_url="https://api.openai.com")
    wanted = configs.inference(config, [provider], [configs.model("any", MODEL, **TYPE)])
    async with boot(wanted) as run:
        listed = run.failure or await run.gateway.model_ids()
    observed("boot-fails" if run.failure else "boots", listed)

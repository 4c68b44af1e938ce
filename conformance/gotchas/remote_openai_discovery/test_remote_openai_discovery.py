"""`remote::openai` with a key fetches the vendor's list at startup, and shows it to callers."""

import pytest

from conformance.core.model import Claim, CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

SECTION = "The Big Decision, the problem with `remote::openai`"

GOTCHA = Gotcha(
    slug="remote-openai-discovery",
    happens="with a key, a start asks the vendor for its models; before 1.1.0 its whole list "
    "becomes the catalogue",
    why="a start takes as long as the vendor does, before 0.6.0 twice as long if a model is "
    "registered; callers are shown models for embeddings, before 1.1.0 for speech too, next to "
    "those that can chat",
    example="provider_type: remote::openai\nconfig:\n  api_key: ${env.OPENAI_API_KEY}",
    instead="list the models to show in `allowed_models`",
    documented="seed: The Big Decision",
    severity=Severity.LOW,
    bites=frozenset({"several-requests", "every-model"}),
    claims=(
        Claim(
            says="At boot, the OpenAI provider calls `/v1/models`.",
            section=SECTION,
            check="requests-registered",
            confirmed=frozenset({"one-request"}),
            imprecise=frozenset({"several-requests"}),
            really="it does so twice if a model is registered, once to check that and once to "
            "discover all, and not at all without a key",
        ),
        Claim(
            says="`register_model()` calls `check_model_availability()`, which calls "
            "`list_models()` → hits the OpenAI API (the trace of a start without a key).",
            section=SECTION,
            check="requests-without-key",
            confirmed=frozenset({"one-request", "several-requests"}),
            really="without a key no request leaves: the list is given up before the vendor is "
            "asked, so the error comes at once and without a network",
        ),
        Claim(
            says="It auto-discovers all available models (114 of them!).",
            section=SECTION,
            check="catalogue",
            confirmed=frozenset({"every-model"}),
        ),
    ),
    decided_by=(
        "providers.utils.inference.openai_mixin:OpenAIMixin.list_models",
        "core.routing_tables.models:ModelsRoutingTable.refresh",
    ),
)

# One of a kind, all on the vendor's list: chat, embeddings, speech.
ONE_OF_A_KIND = "openai/gpt-4o", "openai/text-embedding-3-small", "openai/whisper-1"
SHOWN = {
    (True, True, True): "every-model",
    (True, True, False): "some-models",
    (False, False, False): "nothing",
}
pytestmark = pytest.mark.scenario("discovery")


def openai(config, *models, **fields):
    """The config with remote::openai alone, and these models registered for it."""
    url = "https://api.openai.com/v1"
    provider = configs.provider("openai", "remote::openai", base_url=url, **fields)
    return configs.inference(config, [provider], [configs.model("openai", m) for m in models])


STARTS = {
    "registered": (["gpt-4o"], True),
    "nothing-registered": ([], True),
    "without-key": (["gpt-4o"], False),
}


@pytest.mark.parametrize(("models", "has_key"), STARTS.values(), ids=STARTS)
@outcomes(
    no_request="no request leaves during the start",
    one_request="the vendor's list is asked for once",
    several_requests="the vendor's list is asked for more than once",
)
async def test_requests(share, observed, config, key, models, has_key):
    """What the vendor gets while the stack starts."""
    run = await share(openai(config, *models, **({"api_key": key} if has_key else {})))
    asked = [f"{request.method} {request.url}" for request in run.sent_at_boot]
    outcome = {0: "no-request", 1: "one-request"}.get(len(asked), "several-requests")
    observed(outcome, asked)


@outcomes(
    every_model="the vendor's models are listed: for chat, for embeddings, for speech",
    some_models="the vendor's models for chat and embeddings are listed, and none for speech",
    nothing="none of them is listed",
)
async def test_catalogue(share, observed, config, key):
    """What `/v1/models` shows when nothing is registered."""
    run = await share(openai(config, api_key=key))
    ids = await run.gateway.model_ids()
    kinds = tuple(name in ids for name in ONE_OF_A_KIND)
    if kinds not in SHOWN:
        raise CouldNotObserveError(f"another choice of the vendor's models is listed: {ids}")
    observed(SHOWN[kinds], f"{len(ids)} entries: {ids}")

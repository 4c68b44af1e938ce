"""A model is listed under its provider's id and the vendor's name for it, not its `model_id`."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="model-ids",
    happens="an entry's `model_id` is dropped if it has a `provider_model_id`; one with the "
    "provider's prefix makes a second, unknown model",
    why="a call to the alias reaches the vendor under the alias, and the vendor refuses it",
    example="model_id: fast\nprovider_model_id: gpt-4o",
    instead="write the vendor's own id as `model_id`, without a prefix and without "
    "`provider_model_id`; for another name register another provider with that `provider_id`",
    documented="found by this suite; seed: Bugs and Gotchas, 5",
    severity=Severity.LOW,
    bites=frozenset({"alias-dropped", "unresolved", "several-entries", "duplicate-error"}),
    claims=(
        Claim(
            says="If `registered_resources` uses a different model_id, no conflict, but then you "
            "have two entries for the same model.",
            section="Bugs and Gotchas, 5",
            check="entries-with-and-without-prefix",
            confirmed=frozenset({"several-entries"}),
        ),
        Claim(
            says="The `model_id` combined with `provider_id` becomes the full identifier: "
            "`openai/gpt-4o`.",
            section="How `run.yaml` is structured, 2",
            check="alias-listed",
            confirmed=frozenset({"model-id-listed"}),
            imprecise=frozenset({"alias-dropped"}),
            really="true as long as the entry has no `provider_model_id`; if it has one, that "
            "takes the place of the `model_id`",
        ),
    ),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.register_model",
        "core.store.registry:DiskDistributionRegistry.register",
        "core.routers.inference:InferenceRouter._get_provider_by_fallback",
    ),
)

COUNTED = {
    "one_entry": "the two entries of the file are one entry of `/v1/models`",
    "several_entries": "`/v1/models` shows both",
    "no_entry": "`/v1/models` shows neither",
    "duplicate_error": "the stack does not boot, because the model already exists",
    "boot_fails": "the stack does not boot, for another reason",
}
CALLED = {
    "resolved": "the vendor is asked for gpt-4o, and answers",
    "unresolved": "the vendor is asked for another name than gpt-4o, and refuses",
    "failed": "the vendor is asked for gpt-4o, and the caller gets an error",
    "another_model": "the vendor is asked for another name than gpt-4o, and answers",
    "not_found": "the gateway answers 404 itself",
    "refused": "the gateway refuses with another 4xx",
    "server_error": "the gateway answers with a 500 or above, and asks no vendor",
}
NAMES = {  # whether the vendor was asked for gpt-4o, and whether the caller is answered
    (True, True): "resolved",
    (True, False): "failed",
    (False, True): "another-model",
    (False, False): "unresolved",
}
ALIAS = {"model_id": "fast", "provider_model_id": "gpt-4o"}
PREFIXED = {"model_id": "openai/gpt-4o"}
PLAIN = {"model_id": "gpt-4o"}
PAIRS = {
    "same-model-twice": (PLAIN, PLAIN),
    "with-and-without-prefix": (PLAIN, PREFIXED),
    "with-and-without-alias": (PLAIN, ALIAS),
    "other-metadata": (PLAIN, PLAIN | {"metadata": {"tier": "large"}}),
    "other-type": (PLAIN, PLAIN | {"model_type": "rerank"}),
}
pytestmark = [pytest.mark.scenario("model-ids"), pytest.mark.needs("remote::passthrough")]


def passing(config, *entries, name="openai"):
    """Return the config with one passthrough provider, to OpenAI, and these models."""
    provider = configs.provider(name, base_url="https://api.openai.com")
    models = [configs.model(name, **entry) for entry in entries]
    return configs.inference(config, [provider], models)


@pytest.mark.parametrize("name", PAIRS)
@outcomes(**COUNTED)
async def test_entries(share, observed, config, name):
    """Two entries of the file mean the same model of the vendor."""
    run = await share(passing(config, *PAIRS[name]))
    ids = [] if run.failure else await run.gateway.model_ids()
    number = {0: "no-entry", 1: "one-entry"}.get(len(ids), "several-entries")
    known = "gpt-4o' already exists" in str(run.failure)
    refused = "duplicate-error" if known else "boot-fails"
    observed(refused if run.failure else number, run.failure or ids)


@outcomes(
    model_id_listed="the entry is listed under its `model_id`",
    alias_dropped="the entry is listed under its `provider_model_id`, the `model_id` nowhere",
    both_listed="the entry is listed under either",
    not_listed="the entry is listed under neither",
    boot_fails="the stack does not boot",
)
async def test_alias_listed(share, observed, config):
    """`model_id: fast` with `provider_model_id: gpt-4o`."""
    run = await share(passing(config, ALIAS))
    ids = [] if run.failure else await run.gateway.model_ids()
    names = {
        (True, False): "model-id-listed",
        (False, True): "alias-dropped",
        (True, True): "both-listed",
        (False, False): "not-listed",
    }
    listed = names["openai/fast" in ids, "openai/gpt-4o" in ids]
    observed("boot-fails" if run.failure else listed, run.failure or ids)


CALLS = {
    "plain-model": (PLAIN, "openai/gpt-4o"),
    "alias": (ALIAS, "openai/fast"),
    "bare-alias": (ALIAS, "fast"),
    "aliased-model": (ALIAS, "openai/gpt-4o"),
    "prefixed-model": (PREFIXED, "openai/openai/gpt-4o"),
    "prefixed-model-as-registered": (PREFIXED, "openai/gpt-4o"),
}


@pytest.mark.parametrize(("registered", "called"), CALLS.values(), ids=CALLS)
@outcomes(**CALLED)
async def test_call(share, observed, config, provider_data, sent, registered, called):
    """A caller names a model that was registered with an alias, or with the provider's id."""
    run = await share(passing(config, registered))
    observed(*await result(run, called, provider_data("openai"), sent))


@pytest.mark.needs("chat")
@outcomes(**CALLED)
async def test_another_provider(share, observed, config, provider_data, sent):
    """The workaround: the name that callers use is another `provider_id`, with a plain model."""
    run = await share(passing(config, PLAIN, name="fast"))
    observed(*await result(run, "fast/gpt-4o", provider_data("openai"), sent))


async def result(run, called, data, sent):
    """Return the outcome of a chat with a model, and its evidence."""
    answer = await run.gateway.chat(called, data=data)
    asked = [request.body["model"] for request in sent if request.method == "POST"]
    own = "not-found" if answer.status == 404 else answer.trouble
    outcome = NAMES[asked[-1] == "gpt-4o", answer.status == 200] if asked else own
    return outcome, f"{asked} {answer}"

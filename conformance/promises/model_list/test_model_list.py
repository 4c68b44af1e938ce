"""`GET /v1/models` shows the models that the config registers, under their full identifiers."""

import pytest

from conformance.core.model import Promise, outcomes
from conformance.stack import configs

PROMISE = Promise(
    slug="model-list",
    requires="The gateway MUST list every registered model as `<provider_id>/<model_id>`, and "
    "MUST NOT list any other to a caller who sends no provider data.",
    instead="declare models below `registered_resources`; give no provider a key of its own",
    documented="seed: How `run.yaml` is structured, 2",
    bites=frozenset({"others-listed", "missing", "other-identifiers"}),
    decided_by=("core.routing_tables.models:ModelsRoutingTable.openai_list_models",),
)
pytestmark = pytest.mark.needs("remote::passthrough")


@pytest.mark.for_config(only_passthrough=True)
@pytest.mark.without_auth
@outcomes(
    exactly="the registered models are listed, each once, and no other",
    others_listed="models that nobody registered are listed",
    missing="a registered model is not listed",
)
async def test_exactly_the_registered(gateway, observed, subject):
    """Without provider data, compare the number and the vendors' names of the models."""
    ids = await gateway.model_ids()
    wanted = sorted(model for _provider, model in subject.registered)
    listed = sorted(identifier.partition("/")[2] for identifier in ids)
    outcome = "missing" if set(wanted) - set(listed) else "others-listed"
    observed("exactly" if listed == wanted else outcome, ids)


@pytest.mark.for_config(only_passthrough=True)
@pytest.mark.without_auth
@outcomes(
    provider_and_model="every identifier is `<provider_id>/<model_id>`",
    other_identifiers="an identifier has another form",
)
async def test_full_identifier(gateway, observed, subject):
    """The identifiers that callers are to use."""
    ids = await gateway.model_ids()
    full = {f"{provider}/{model}" for provider, model in subject.registered}
    observed("provider-and-model" if full <= set(ids) else "other-identifiers", ids)


@pytest.mark.for_config(only_passthrough=True, known_vendors=True)
@pytest.mark.without_auth
@pytest.mark.scenario("discovery")
@outcomes(
    exactly="the registered models are listed, and no other",
    others_listed="models that only the other caller asked for are listed",
    missing="a registered model is not listed",
)
async def test_after_a_listing_with_a_key(boot, observed, config, subject, provider_data, route):
    """One caller lists with key and URL, and may be shown more; then one without lists."""
    # Of the suite's config one vendor's providers: all others would get the key too.
    config = config if subject.is_own else configs.only(config, route.base_url)
    left = {entry["provider_id"] for entry in config["providers"]["inference"]}
    async with boot(config) as run:
        await run.gateway.model_ids(data=provider_data(route))
        ids = await run.gateway.model_ids()
    known = subject.registered
    wanted = {f"{name}/{model}" for name, model in known if subject.is_own or name in left}
    outcome = "missing" if wanted - set(ids) else "others-listed"
    observed("exactly" if set(ids) == wanted else outcome, ids)

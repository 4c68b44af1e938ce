"""`GET /v1/models` shows the models that the config registers, under their full identifiers."""

import time

import pytest

from conformance.contract import one_model
from conformance.contract.deviation import CONTRACT
from conformance.core.model import Promise, outcomes
from conformance.stack import configs

PROMISE = Promise(
    slug="model-list",
    requires="The gateway MUST list every registered model as `<provider_id>/<model_id>`, and "
    "MUST NOT list any other to a caller who sends no provider data.",
    instead="declare models below `registered_resources`; give no provider a key of its own",
    documented="seed: How `run.yaml` is structured, 2",
    bites=frozenset(
        {"others-listed", "repeated", "missing", "other-identifiers", "other-form"}
        | {"not-as-listed", "refused"}
        | {"another-model", "another-owner", "another-time", "other-metadata"}
    ),
    decided_by=("core.routing_tables.models:ModelsRoutingTable.openai_list_models",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

OWNERS = {"llama_stack", "ogx"}
A_DAY_S = 86_400


@pytest.mark.for_config(only_passthrough=True)
@pytest.mark.without_auth
@outcomes(
    exactly="the registered models are listed, each once, and no other",
    others_listed="models that nobody registered are listed",
    repeated="a registered model is listed more than once, and no other is",
    missing="a registered model is not listed",
)
async def test_exactly_the_registered(gateway, observed, subject):
    """Without provider data, compare the number and the vendors' names of the models."""
    ids = await gateway.model_ids()
    wanted = sorted(model for _provider, model in subject.registered)
    listed = sorted(identifier.partition("/")[2] for identifier in ids)
    outcome = "others-listed" if set(listed) - set(wanted) else "repeated"
    outcome = "missing" if set(wanted) - set(listed) else outcome
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


@outcomes(
    in_order="the models are listed in the order of the config",
    other_order="the models are listed in another order, or not each once",
)
async def test_order(gateway, observed, subject):
    """The order of the list of models."""
    ids = await gateway.model_ids()
    wanted = [f"{provider}/{model}" for provider, model in subject.registered]
    observed("in-order" if ids == wanted else "other-order", ids)


@outcomes(
    as_registered="each is the stack's, of this day, and says its provider, name there and kind",
    another_owner="an entry names another owner than the stack",
    another_time="an entry's time is another than that of the listing",
    other_metadata="an entry names another provider, model or kind, or says more of it",
)
async def test_entries(gateway, observed, subject):
    """What the entries of the list say beside their identifiers."""
    rows = (await gateway.models()).json()["data"]
    told = [row.get("custom_metadata") for row in rows]
    wanted = [
        {"model_type": "llm", "provider_id": provider, "provider_resource_id": model}
        for provider, model in subject.registered
    ]
    outcome = "as-registered" if told == wanted else "other-metadata"
    if {row.get("owned_by") for row in rows} - OWNERS:
        outcome = "another-owner"
    elif any(abs(row.get("created", 0) - time.time()) > A_DAY_S for row in rows):
        outcome = "another-time"
    observed(outcome, rows)


@pytest.mark.for_server(listed=True)
@pytest.mark.without_auth
@outcomes(
    as_listed="it is its entry in the list of models",
    not_as_listed="it is a model of OpenAI's form, and differs from its entry in the list",
    other_form="it is no model of OpenAI's form: its id is not `id`, for example",
    another_model="it names another model than the one that was asked for, or none",
    refused="the caller gets an error",
)
async def test_one_model(gateway, observed, route):
    """`GET /v1/models/<id>`, beside the entry in the list."""
    answer = await gateway.request("GET", f"/v1/models/{route.model}")
    rows = (await gateway.models()).json()["data"]
    entry = next((each for each in rows if each["id"] == route.model), None)
    same = "as-listed" if answer.json() == entry else "not-as-listed"
    odd = any(each.layer == CONTRACT for each in one_model.deviations(answer))
    outcome = "other-form" if odd else same
    body = answer.json() or {}
    named = body.get("id", body.get("identifier"))
    outcome = outcome if named == route.model else "another-model"
    observed("refused" if answer.status != 200 else outcome, f"{answer}; listed: {entry}")

"""Any id can be registered for `remote::passthrough`, and reaches the vendor as it was written."""

import pytest

from conformance.core.model import Claim, Promise, outcomes
from conformance.stack import configs

SECTION = "The Big Decision, the `remote::passthrough` solution"

PROMISE = Promise(
    slug="any-model",
    requires="A `remote::passthrough` gateway MUST start without a key, MUST list every id that "
    "is registered, and MUST ask the vendor for exactly that id; it SHOULD NOT check it.",
    instead="check a new id once with a real call: nothing else notices a typing error",
    documented="seed: The Big Decision",
    bites=frozenset({"boot-fails", "not-listed", "changed", "refused", "requests"}),
    claims=(
        Claim(
            says="`remote::passthrough` does zero model validation.",
            section=SECTION,
            check="any-text",
            confirmed=frozenset({"listed"}),
        ),
        Claim(
            says="You can register literally any model ID.",
            section=SECTION,
            check="any-text",
            confirmed=frozenset({"listed"}),
        ),
        Claim(
            says="You can register literally any model ID.",
            section=SECTION,
            check="number",
            confirmed=frozenset({"listed"}),
            imprecise=frozenset({"boot-fails"}),
            really="any text but the empty one, which is skipped without a word; an id that YAML "
            "reads as a number (`4.1`) keeps the stack from starting, so quote it",
        ),
        Claim(
            says="The API key is never needed at startup, only at inference time.",
            section=SECTION,
            check="start-without-key",
            confirmed=frozenset({"no-request"}),
        ),
        Claim(
            says="The `model_id` combined with `provider_id` becomes the full identifier: "
            "`openai/gpt-4o`.",
            section="How `run.yaml` is structured, 2",
            check="any-text",
            confirmed=frozenset({"listed"}),
        ),
    ),
    decided_by=(
        "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter.register_model",
        "core.routing_tables.models:ModelsRoutingTable.register_model",
        "core.stack:register_resources",
    ),
)

IDS = ["gpt-4o", "no-such-model", "ft:gpt-4o/acme//v1", " my model ", "modèle-Ω-模型"]
NAME = "any"
LISTED = {
    "listed": "the stack starts, and `/v1/models` shows the ids behind the provider's",
    "not_listed": "the stack starts, and `/v1/models` does not show them all",
    "boot_fails": "the stack does not start",
}
pytestmark = pytest.mark.scenario("any-model")


def registering(config, model_ids):
    """The config with one passthrough provider, without a key, and these models."""
    provider = configs.provider(NAME, base_url="https://api.openai.com")
    return configs.inference(config, [provider], [configs.model(NAME, each) for each in model_ids])


async def listed(share, config, model_ids):
    """Whether all these ids of a provider are listed, with what is."""
    run = await share(registering(config, model_ids))
    ids = [] if run.failure else await run.gateway.model_ids()
    missing = [model for model in model_ids if f"{NAME}/{model}" not in ids]
    shown = "not-listed" if missing else "listed"
    return "boot-fails" if run.failure else shown, run.failure or ids


@pytest.mark.needs("remote::passthrough")
@outcomes(**LISTED)
async def test_any_text(share, observed, config):
    """Known, unknown, with slashes, with blanks, with letters of several scripts."""
    observed(*await listed(share, config, IDS))


@pytest.mark.needs("remote::passthrough")
@outcomes(**LISTED)
async def test_empty_text(share, observed, config):
    """`model_id: ""`, as an unset variable would leave it."""
    observed(*await listed(share, config, [""]))


@outcomes(**LISTED)
async def test_number(share, observed, config):
    """`model_id: 4.1`, without quotes."""
    observed(*await listed(share, config, [4.1]))


@pytest.mark.needs("remote::passthrough")
@outcomes(
    as_registered="the vendor is asked for each id as it is registered",
    changed="the vendor is asked for another id, or for one of them again",
    refused="the gateway answers a call itself, and the vendor is not asked",
)
async def test_calls(share, observed, config, provider_data, sent):
    """A caller names every registered model as `/v1/models` shows it."""
    run = await share(registering(config, IDS))
    for name in IDS:
        await run.gateway.chat(f"{NAME}/{name}", data=provider_data("openai"))
    asked = [request.body["model"] for request in sent if request.method == "POST"]
    arrived = "as-registered" if asked == IDS else "changed"
    observed(arrived if len(asked) >= len(IDS) else "refused", asked)


@pytest.mark.needs("remote::passthrough")
@pytest.mark.scenario("catalogue-with-key")
@outcomes(
    no_request="the stack starts, and no request leaves",
    requests="the stack starts, and the vendor is asked",
    boot_fails="the stack does not start",
)
async def test_start_without_key(share, observed, config):
    """The config under test starts, which holds no key."""
    run = await share(config)
    started = "requests" if run.sent_at_boot else "no-request"
    asked = [str(request) for request in run.sent_at_boot]
    observed("boot-fails" if run.failure else started, run.failure or asked)

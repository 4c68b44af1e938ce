"""Any id can be registered for `remote::passthrough`, and reaches the vendor as it was written."""

import pytest

from conformance import configs
from conformance.model import Claim, Promise, outcomes

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
            check="start-asks-no-vendor",
            confirmed=frozenset({"no-request"}),
        ),
        Claim(
            says="You can register literally any model ID.",
            section=SECTION,
            check="registered-unicode",
            confirmed=frozenset({"listed"}),
        ),
        Claim(
            says="You can register literally any model ID.",
            section=SECTION,
            check="registered-number",
            confirmed=frozenset({"listed"}),
            imprecise=frozenset({"boot-fails"}),
            really="any text but the empty one, which is skipped without a word; an id that YAML "
            "reads as a number (`4.1`) keeps the stack from starting, so quote it",
        ),
        Claim(
            says="The API key is never needed at startup, only at inference time.",
            section=SECTION,
            check="start-asks-no-vendor",
            confirmed=frozenset({"no-request"}),
        ),
        Claim(
            says="The `model_id` combined with `provider_id` becomes the full identifier: "
            "`openai/gpt-4o`.",
            section="How `run.yaml` is structured, 2",
            check="registered-plain",
            confirmed=frozenset({"listed"}),
        ),
    ),
    decided_by=(
        "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter.register_model",
        "core.routing_tables.models:ModelsRoutingTable.register_model",
        "core.stack:register_resources",
    ),
)

IDS = {
    "plain": "gpt-4o",
    "nonsense": "no-such-model-anywhere",
    "slashes": "ft:gpt-4o/acme//v1",
    "spaces": " my model ",
    "unicode": "modèle-Ω-模型",
}
pytestmark = pytest.mark.scenario("any-model")


def registering(config, model_id):
    """The config with one passthrough provider without a key, and one model."""
    provider = configs.provider("openai", base_url="https://api.openai.com")
    return configs.inference(config, [provider], [configs.model("openai", model_id)])


@pytest.mark.parametrize("model_id", [*IDS.values(), "", 4.1], ids=[*IDS, "empty", "number"])
@outcomes(
    listed="the stack starts and `/v1/models` shows the id behind the provider's",
    not_listed="the stack starts, and `/v1/models` does not show the id",
    boot_fails="the stack does not start",
)
async def test_registered(boot, observed, config, model_id):
    """A model with this id is registered."""
    async with boot(registering(config, model_id)) as run:
        if run.failure:
            observed("boot-fails", run.failure)
        ids = await run.gateway.model_ids()
    observed("listed" if ids == [f"openai/{model_id}"] else "not-listed", ids)


@pytest.mark.parametrize("model_id", IDS.values(), ids=IDS)
@outcomes(
    as_registered="the vendor is asked for the registered id",
    changed="the vendor is asked for another id",
    refused="the gateway answers itself, and the vendor is not asked",
)
async def test_called(boot, observed, config, provider_data, sent, model_id):
    """A caller names a registered model as `/v1/models` would."""
    async with boot(registering(config, model_id)) as run:
        answer = await run.gateway.chat(
            f"openai/{model_id}", data=provider_data("openai/gpt-4o")
        )
    asked = [request.body["model"] for request in sent]
    called = "as-registered" if asked == [model_id] else "changed"
    observed(called if asked else "refused", f"{asked} {answer}")


@outcomes(
    no_request="no request leaves, and the stack starts",
    requests="the vendor is asked, and the stack starts",
    boot_fails="the stack does not start",
)
async def test_start_asks_no_vendor(boot, observed, config, sent):
    """The config under test starts, which holds no key."""
    async with boot(config) as run:
        if run.failure:
            observed("boot-fails", run.failure)
        observed("requests" if sent else "no-request", [str(request) for request in sent])

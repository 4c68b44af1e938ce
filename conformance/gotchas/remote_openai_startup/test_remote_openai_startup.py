"""`remote::openai` with registered models does not start without a key that the vendor accepts."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

SECTION = "The Big Decision, the problem with `remote::openai`"

GOTCHA = Gotcha(
    slug="remote-openai-startup",
    happens="before 0.6.0 models registered for `remote::openai` must be on the vendor's list; "
    "without a key nothing starts",
    why="a gateway whose callers bring their own keys has none of its own; a wrong key, or one "
    "model that the vendor retired, keeps a new gateway from starting, with all its providers",
    example="provider_type: remote::openai\nmodel_id: gpt-4o  # registered_resources, no api_key",
    instead="register nothing for `remote::openai` and let callers send `openai_api_key`, see "
    "`remote-openai-keyless`; or use `remote::passthrough` for a catalogue of your own",
    documented="seed: The Big Decision",
    severity=Severity.MEDIUM,
    bites=frozenset({"not-available", "vendor-error", "boot-fails"}),
    claims=(
        Claim(
            says="It requires a valid API key at server startup.",
            section=SECTION,
            check="nothing-registered-without-key",
            confirmed=frozenset({"not-available", "boot-fails"}),
            imprecise=frozenset({"boots-empty"}),
            really="only for models that are registered and not in the registry of an earlier "
            "start; with none it starts without a key",
        ),
        Claim(
            says="Pick the wrong provider and your server won't even start.",
            section="Lessons for Future Work, 2",
            check="registered-without-key",
            confirmed=frozenset({"not-available", "boot-fails"}),
        ),
        Claim(
            says="No key → empty model cache → `ValueError: Model gpt-4o is not available`.",
            section=SECTION,
            check="registered-without-key",
            confirmed=frozenset({"not-available"}),
        ),
        Claim(
            says="It uses this list to validate any models you try to register via "
            "`registered_resources`.",
            section=SECTION,
            check="unlisted-model-with-key",
            confirmed=frozenset({"not-available"}),
        ),
        Claim(
            says="No discovery → no validation → no registration → crash.",
            section=SECTION,
            check="wrong-key-registered",
            confirmed=frozenset({"vendor-error", "not-available"}),
        ),
    ),
    decided_by=(
        "providers.utils.inference.openai_mixin:OpenAIMixin.check_model_availability",
        "providers.utils.inference.openai_mixin:OpenAIMixin.list_models",
        "core.routing_tables.models:ModelsRoutingTable.refresh",
    ),
)

STARTS = {
    "boots": "the stack starts, and the registered models are listed",
    "boots_empty": "the stack starts with no model at all",
    "not_available": "the stack does not start, because the model is not available",
    "vendor_error": "the stack does not start, and says what the vendor answered",
    "boot_fails": "the stack does not start, for another reason",
}


def openai(config, *models, **fields):
    """The config with remote::openai alone, and these models registered for it."""
    provider = configs.provider(
        "openai", "remote::openai", base_url="https://api.openai.com/v1", **fields
    )
    return configs.inference(config, [provider], [configs.model("openai", m) for m in models])


async def started(run):
    """How the stack started, with its catalogue or its complaint."""
    if run.failure:
        texts = {"is not available": "not-available", "Error code: 401": "vendor-error"}
        known = [name for text, name in texts.items() if text in run.failure.message]
        return (known or ["boot-fails"])[0], run.failure
    ids = await run.gateway.model_ids()
    return "boots" if ids else "boots-empty", ids


@pytest.mark.scenario("discovery")
@outcomes(**STARTS)
async def test_registered_without_key(boot, observed, config):
    """No key, one registered model."""
    async with boot(openai(config, "gpt-4o")) as run:
        observed(*await started(run))


@pytest.mark.scenario("discovery")
@outcomes(**STARTS)
async def test_nothing_registered_without_key(boot, observed, config):
    """No key, no registered model."""
    async with boot(openai(config)) as run:
        observed(*await started(run))


@pytest.mark.scenario("discovery")
@outcomes(**STARTS)
async def test_unlisted_model_with_key(boot, observed, config, key):
    """A key, and a registered model that the vendor's list does not hold."""
    async with boot(openai(config, "not-listed-by-the-vendor", api_key=key)) as run:
        observed(*await started(run))


@pytest.mark.scenario("discovery-wrong-key")
@pytest.mark.parametrize("models", [["gpt-4o"], []], ids=["registered", "nothing-registered"])
@outcomes(**STARTS)
async def test_wrong_key(boot, observed, config, models):
    """A key that the vendor refuses."""
    async with boot(openai(config, *models, api_key="not-a-key")) as run:
        observed(*await started(run))


@pytest.mark.scenario("discovery")
@outcomes(**STARTS)
async def test_restart_without_key(boot, observed, config, key):
    """A first start with a key and a registered model, a second one without the key."""
    async with boot(openai(config, "gpt-4o", api_key=key)) as first:
        await first.gateway.models()
    async with boot(openai(config, "gpt-4o")) as run:
        observed(*await started(run))

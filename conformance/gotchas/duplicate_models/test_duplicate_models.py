"""A model that is both discovered and registered is one entry, or a duplicate error: it depends."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs
from conformance.stack.configs import Restart

SECTION = "Bugs and Gotchas, 5"

GOTCHA = Gotcha(
    slug="duplicate-models",
    happens="registering a model that discovery stored, or changing a registered entry, stops "
    "the next start with `already exists`",
    why="adding `registered_resources` to a server that has run with discovery stops it from "
    "starting, and only deleting its registry cures that",
    example="start once with a key and no registered models; add model_id: gpt-4o; start again",
    instead="decide before the first start: register every model, or leave all to discovery; to "
    "change your mind or an entry, delete the registry's database first",
    documented="seed: Bugs and Gotchas, 5",
    severity=Severity.MEDIUM,
    bites=frozenset({"duplicate-error", "several-entries"}),
    claims=(
        Claim(
            says="Auto-discovery and `registered_resources` are additive. They don't replace each "
            "other.",
            section=SECTION,
            check="neither-replaces-the-other",
            confirmed=frozenset({"both"}),
        ),
        Claim(
            says="Auto-discovery registers `openai/gpt-4o`, then `registered_resources` tries to "
            "register it again → duplicate error.",
            section=SECTION,
            check="first-start-remote-openai",
            confirmed=frozenset({"duplicate-error"}),
            really="registered models come first and discovery leaves them alone: one entry and no "
            "error. The error needs two starts: one that only discovers, then one that registers",
        ),
        Claim(
            says="Registering what auto-discovery has registered → duplicate error.",
            section=SECTION,
            check="registered-after-discovery-remote-openai",
            confirmed=frozenset({"duplicate-error"}),
        ),
        Claim(
            says="If `registered_resources` uses a different model_id (e.g. `gpt-4o` without "
            "prefix), no conflict, but then you have two entries for the same model.",
            section=SECTION,
            check="first-start-passthrough",
            confirmed=frozenset({"several-entries"}),
            really="`gpt-4o` without prefix is the very id that discovery uses: one entry. It is "
            "the prefixed `openai/gpt-4o` that makes a second one, see `model-ids`",
        ),
    ),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.update_registered_models",
        "core.store.registry:DiskDistributionRegistry.register",
    ),
)

COUNTED = {
    "one_entry": "`/v1/models` shows the model once",
    "several_entries": "`/v1/models` shows the model more than once",
    "missing": "`/v1/models` does not show the model",
    "duplicate_error": "the stack does not boot, because the model already exists",
    "boot_fails": "the stack does not boot, for another reason",
}
KINDS = {"remote-openai": ("remote::openai", "/v1"), "passthrough": (configs.PASSTHROUGH, "")}
each_kind = pytest.mark.parametrize("kind", KINDS)
UNKNOWN, NOT_REGISTERED = "not-listed-by-the-vendor", "gpt-4o-mini"
pytestmark = pytest.mark.scenario("discovery")


def discovering(kind, key, name=None):
    """Return a provider that has a key and so discovers the vendor's models."""
    provider_type, path = KINDS[kind]
    url = f"https://api.openai.com{path}"
    return configs.provider(name or kind, provider_type, base_url=url, api_key=key)


def both(config, key, kind):
    """Return the config in which gpt-4o is discovered and registered, for one provider."""
    return configs.inference(config, [discovering(kind, key)], [configs.model(kind, "gpt-4o")])


async def counted(run):
    """Return how often the catalogue shows gpt-4o, or why there is none."""
    if run.failure:
        known = "gpt-4o' already exists" in run.failure.message
        return "duplicate-error" if known else "boot-fails", run.failure
    ids = await run.gateway.model_ids()
    found = [name for name in ids if name.rpartition("/")[2] == "gpt-4o"]
    outcome = {0: "missing", 1: "one-entry"}.get(len(found), "several-entries")
    return outcome, f"{found} of {len(ids)} entries"


@each_kind
@outcomes(**COUNTED)
async def test_first_start(share, observed, config, key, kind):
    """A discovered model is also registered, on the first start."""
    observed(*await counted(await share(both(config, key, kind))))


@each_kind
@outcomes(**COUNTED)
async def test_second_start(share, observed, config, key, kind):
    """A discovered model is also registered; the second start finds the registry of the first."""
    start = both(config, key, kind)
    observed(*await counted(await share(Restart(start, start))))


@each_kind
@outcomes(**COUNTED)
async def test_registered_after_discovery(share, observed, config, key, kind):
    """The first start only discovers; the second one also registers a model."""
    discovered = configs.inference(config, [discovering(kind, key)])
    observed(*await counted(await share(Restart(discovered, both(config, key, kind)))))


@outcomes(**COUNTED)
async def test_discovered_by_two_providers(share, observed, config, key):
    """Two providers discover the models of one vendor."""
    two = [discovering("remote-openai", key, name) for name in ("one", "other")]
    observed(*await counted(await share(configs.inference(config, two))))


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(
    both="the registered model and the discovered ones are listed",
    registered_only="only the registered model is listed",
    discovered_only="only the discovered models are listed",
    neither="the stack boots, and lists neither",
    boot_fails="the stack does not boot",
)
async def test_neither_replaces_the_other(share, observed, config, key):
    """A model is registered that discovery does not find."""
    kind = "passthrough"
    registered = [configs.model(kind, UNKNOWN)]
    run = await share(configs.inference(config, [discovering(kind, key)], registered))
    ids = [] if run.failure else await run.gateway.model_ids()
    found = f"{kind}/{UNKNOWN}" in ids, f"{kind}/{NOT_REGISTERED}" in ids
    names = {
        (True, True): "both",
        (True, False): "registered-only",
        (False, True): "discovered-only",
        (False, False): "neither",
    }
    observed("boot-fails" if run.failure else names[found], run.failure or ids)

"""Models that discovery found stay in the registry once their provider cannot list any more."""

import pytest

from conformance import configs
from conformance.model import Claim, Gotcha, outcomes

SECTION = "Bugs and Gotchas, 6"
OPENAI, ANTHROPIC = "https://api.openai.com", "https://api.anthropic.com"

GOTCHA = Gotcha(
    slug="stale-discovery",
    happens="a provider that lists its models replaces what it listed before; one that has lost "
    "its key, is refused or has left the config leaves all of them behind",
    why="the catalogue looks complete while every call of one of its models fails",
    example="take `api_key` away from a `remote::openai` provider, then restart",
    instead="delete the file of the key-value store before the restart",
    documented=f"seed: {SECTION}",
    bites=frozenset({"kept", "partly-kept", "error-but-gone", "server-error"}),
    claims=(
        Claim(
            says="Models registered by auto-discovery persist in the kvstore across restarts",
            section=SECTION,
            check="no-longer-listed-remote-openai",
            confirmed=frozenset({"kept"}),
            imprecise=frozenset({"gone"}),
            really="those a provider no longer lists go; it is registered models that persist, and "
            "discovered ones of a provider that cannot list",
        ),
    ),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.update_registered_models",
        "core.routing_tables.models:ModelsRoutingTable.refresh",
        "core.routing_tables.common:CommonRoutingTableImpl.unregister_object",
    ),
)

KINDS = {"remote-openai": ("remote::openai", "/v1"), "passthrough": (configs.PASSTHROUGH, "")}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
STANDING = {
    "kept": "all models of the first start are still listed",
    "partly_kept": "some models of the first start are still listed",
    "gone": "no model of the first start is listed any more",
    "boot_fails": "the second start fails",
}


def lister(kind, name="vendor", url=OPENAI, **fields):
    """Return a provider that can list models if it is given a key."""
    provider_type, root = kind
    return configs.provider(name, provider_type, base_url=f"{url}{root}", **fields)


async def second_start(boot, seeded, config, first, later, allowed=()):
    """Start with one provider, then with another; return the outcome and the evidence.

    A model that is still allowed is left out of the account.
    """
    found = [
        name for name in await seeded(configs.inference(config, [first])) if name not in allowed
    ]
    async with boot(configs.inference(config, [later])) as run:
        if run.failure is not None:
            return "boot-fails", run.failure
        listed = await run.gateway.model_ids()
    left = [name for name in found if name in listed]
    evidence = f"{len(found)} models at first; then {listed}"
    return "gone" if not left else "kept" if left == found else "partly-kept", evidence


@pytest.mark.scenario("discovery-changed")
@each_kind
@outcomes(**STANDING)
async def test_no_longer_listed(boot, seeded, observed, config, key, provider_data, kind):
    """On the second start the provider has a key again, but lists other models."""
    other = provider_data("anthropic/any")["passthrough_api_key"]
    later = lister(kind, url=ANTHROPIC, api_key=other)
    observed(*await second_start(boot, seeded, config, lister(kind, api_key=key), later))


@pytest.mark.scenario("discovery")
@each_kind
@outcomes(**STANDING)
async def test_key_gone(boot, seeded, observed, config, key, kind):
    """On the second start the provider has no key."""
    observed(*await second_start(boot, seeded, config, lister(kind, api_key=key), lister(kind)))


@pytest.mark.scenario("discovery-refused")
@each_kind
@outcomes(**STANDING)
async def test_listing_refused(boot, seeded, observed, config, key, kind):
    """On the second start the vendor refuses the provider's key."""
    later = lister(kind, url=ANTHROPIC, api_key=key)
    observed(*await second_start(boot, seeded, config, lister(kind, api_key=key), later))


@pytest.mark.scenario("discovery")
@each_kind
@outcomes(**STANDING)
async def test_provider_gone(boot, seeded, observed, config, key, kind):
    """On the second start there is another provider only, which has no key."""
    later = lister(kind, "other")
    observed(*await second_start(boot, seeded, config, lister(kind, api_key=key), later))


@pytest.mark.scenario("discovery")
@outcomes(**STANDING)
async def test_allowed_models_narrowed(boot, seeded, observed, config, key):
    """On the second start `allowed_models` leaves one of the models."""
    kind = KINDS["remote-openai"]
    later = lister(kind, api_key=key, allowed_models=["gpt-4o"])
    allowed = ["vendor/gpt-4o"]
    observed(*await second_start(boot, seeded, config, lister(kind, api_key=key), later, allowed))


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("name", ["vendor", "other"], ids=["provider-kept", "provider-gone"])
@outcomes(
    gone="the request succeeds, and the model is not listed any more",
    error_but_gone="the caller gets an error, and yet the model is not listed any more",
    kept="the model is still listed",
    boot_fails="the second start fails",
)
async def test_unregistered(boot, seeded, observed, config, key, name):
    """A left-over model is unregistered with `DELETE /v1/models/<id>`."""
    kind = KINDS["remote-openai"]
    await seeded(configs.inference(config, [lister(kind, api_key=key)]))
    async with boot(configs.inference(config, [lister(kind, name)])) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await run.gateway.request("DELETE", "/v1/models/vendor/gpt-4o")
        listed = await run.gateway.model_ids()
    outcome = "gone" if answer.status < 400 else "error-but-gone"
    observed("kept" if "vendor/gpt-4o" in listed else outcome, f"{answer}; then {listed}")

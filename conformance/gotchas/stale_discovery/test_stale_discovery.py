"""Models that discovery found stay in the registry once their provider cannot list any more."""

from functools import partial

import pytest

from conformance.core.model import (
    Claim,
    CouldNotObserveError,
    Gotcha,
    NotApplicableError,
    outcomes,
)
from conformance.core.severity import Severity
from conformance.stack import configs
from conformance.stack.configs import Restart

SECTION = "Bugs and Gotchas, 6"
OPENAI, ANTHROPIC = "https://api.openai.com", "https://api.anthropic.com"

GOTCHA = Gotcha(
    slug="stale-discovery",
    happens="models that a provider discovered stay listed after it lost its key or, before 1.4.0, "
    "left the config",
    why="the catalogue looks complete, but the gateway has no key for these models; only a "
    "provider that lists its models again replaces what it listed before",
    example="take api_key away from a remote::openai provider, then restart",
    instead="delete the file of the key-value store before the restart",
    documented=f"seed: {SECTION}",
    severity=Severity.MEDIUM,
    bites=frozenset({"kept", "partly-kept", "error-but-gone"}),
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
each_kind = pytest.mark.parametrize("kind", KINDS)
STANDING = {
    "kept": "all models of the first start are still listed",
    "partly_kept": "some models of the first start are still listed",
    "gone": "no model of the first start is listed any more",
    "boot_fails": "the second start fails",
}


def lister(kind, name="{}", url=OPENAI, **fields):
    """Return a provider that can list models if it is given a key; its name holds its kind."""
    provider_type, root = KINDS[kind]
    return configs.provider(name.format(kind), provider_type, base_url=f"{url}{root}", **fields)


async def second_start(share, config, key, kind, later, allowed=(), *, listing=False, lost=""):
    """Start with a provider that has a key, then as `later` has it; return outcome and evidence.

    The account leaves out the models that are still allowed. With `listing` the later vendor has to
    list its models; files like `lost` are deleted in between. Raises `NotApplicableError` if it
    refuses to, and `CouldNotObserveError` if the first start lists no model that could be left.
    """
    first = configs.inference(config, [lister(kind, api_key=key)])
    run = await share(Restart(first, configs.inference(config, [later(kind)]), lost))
    refused = [answer for answer in run.answers_at_boot if answer.status >= 400]
    if listing and refused:
        raise NotApplicableError(f"the other vendor does not list its models so: {refused[0]}")
    if run.failure is not None:
        return "boot-fails", run.failure
    if not run.before:
        raise CouldNotObserveError("the first start lists no model")
    listed = await run.gateway.model_ids()
    found = [name for name in run.before if name not in allowed]
    left = [name for name in found if name in listed]
    evidence = f"{len(found)} models at first; then {listed}"
    return "gone" if not left else "kept" if left == found else "partly-kept", evidence


@pytest.mark.scenario("discovery-changed")
@each_kind
@outcomes(**STANDING)
async def test_no_longer_listed(share, observed, config, key, provider_data, kind):
    """On the second start the provider has a key again, but lists other models."""
    other = provider_data("anthropic")["passthrough_api_key"]
    later = partial(lister, url=ANTHROPIC, api_key=other)
    observed(*await second_start(share, config, key, kind, later, listing=True))


@pytest.mark.scenario("discovery")
@each_kind
@outcomes(**STANDING)
async def test_key_gone(share, observed, config, key, kind):
    """On the second start the provider has no key."""
    observed(*await second_start(share, config, key, kind, lister))


@pytest.mark.scenario("discovery-refused")
@each_kind
@outcomes(**STANDING)
async def test_listing_refused(share, observed, config, key, made_up_key, kind):
    """On the second start the vendor refuses the provider's key."""
    later = partial(lister, url=ANTHROPIC, api_key=made_up_key)
    observed(*await second_start(share, config, key, kind, later))


@pytest.mark.scenario("discovery")
@each_kind
@outcomes(**STANDING)
async def test_provider_gone(share, observed, config, key, kind):
    """On the second start there is another provider only, which has no key."""
    later = partial(lister, name="other-{}")
    observed(*await second_start(share, config, key, kind, later))


@pytest.mark.scenario("discovery")
@outcomes(**STANDING)
async def test_allowed_models_narrowed(share, observed, config, key):
    """On the second start `allowed_models` leaves one of the models."""
    kind = "remote-openai"
    later = partial(lister, api_key=key, allowed_models=["gpt-4o"])
    observed(*await second_start(share, config, key, kind, later, [f"{kind}/gpt-4o"]))


@pytest.mark.scenario("discovery")
@outcomes(**STANDING)
async def test_registry_deleted(share, observed, config, key):
    """The workaround: the key-value store is deleted, and then the provider has no key."""
    observed(*await second_start(share, config, key, "remote-openai", lister, lost="kvstore.db*"))


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("name", ["{}", "other-{}"], ids=["provider-kept", "provider-gone"])
@outcomes(
    gone="the request succeeds, and the model is not listed any more",
    error_but_gone="the caller gets an error, and yet the model is not listed any more",
    gone_before="the model is not listed any more when the request is sent",
    kept="the model is still listed",
    boot_fails="the second start fails",
)
async def test_unregistered(boot, observed, config, key, name):
    """A left-over model is unregistered with `DELETE /v1/models/<id>`."""
    model = "remote-openai/gpt-4o"
    first = configs.inference(config, [lister("remote-openai", api_key=key)])
    later = configs.inference(config, [lister("remote-openai", name)])
    async with boot(Restart(first, later)) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        if model not in await run.gateway.model_ids():
            observed("gone-before", f"{len(run.before)} models at first; the second start drops it")
            return
        answer = await run.gateway.request("DELETE", f"/v1/models/{model}")
        listed = await run.gateway.model_ids()
    outcome = "gone" if answer.status < 400 else "error-but-gone"
    observed("kept" if model in listed else outcome, f"{answer}; then {listed}")

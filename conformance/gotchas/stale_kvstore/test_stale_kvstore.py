"""A model that was taken out of the config is still there after a restart, in the registry."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs
from conformance.stack.configs import Restart

SECTION = "Bugs and Gotchas, 6"

GOTCHA = Gotcha(
    slug="stale-kvstore",
    happens="a model stays in `/v1/models` after it, or its provider, left the config; a changed "
    "entry stops the next start",
    why="the registry on disk keeps it, so callers see models that nobody serves, or that nobody "
    "means to serve any more",
    example="remove a model from registered_resources, then restart",
    instead="delete the file of the key-value store before the restart or, before 0.7.0, "
    "unregister the model with `DELETE /v1/models/<id>`",
    documented=f"seed: {SECTION}",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {
            "kept",
            "already-exists",
            "answered",
            "unlisted-answered",
            "rejected-400",
            "server-error",
        }
    ),
    claims=(
        Claim(
            says="If you change the config and restart, old models still exist",
            section=SECTION,
            check="removed-model",
            confirmed=frozenset({"kept"}),
        ),
        Claim(
            says="We had to `rm` the DB files between restarts to get a clean slate",
            section=SECTION,
            check="deleted-store-kv",
            confirmed=frozenset({"gone"}),
            really="the key-value store's file is enough, the SQL store's has no part in it",
        ),
        Claim(
            says="Stale model registrations from previous runs will haunt you with confusing "
            "duplicate errors",
            section="Lessons for Future Work, 3",
            check="changed-entry",
            confirmed=frozenset({"already-exists"}),
        ),
    ),
    decided_by=(
        "core.store.registry:DiskDistributionRegistry.register",
        "core.stack:register_resources",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

LARGE, SMALL = "gpt-4o", "gpt-4o-mini"
STANDING = {
    "kept": "the old model is still listed",
    "gone": "the old model is not listed any more",
    "boot_fails": "the second start fails",
}


def serving(config, **models):
    """Return the config with passthrough providers of these names, each with its models."""
    return configs.inference(
        config,
        [configs.provider(name, base_url="https://api.openai.com") for name in models],
        [configs.model(name, model) for name, own in models.items() for model in own],
    )


async def second_start(share, stale, first, later, lost=""):
    """Start with a model, then without it; return whether it is listed, and the evidence.

    Files like `lost` are deleted in between.
    """
    run = await share(Restart(first, later, lost))
    if run.failure is not None:
        return "boot-fails", run.failure
    listed = await run.gateway.model_ids()
    return "kept" if stale in listed else "gone", f"{stale} was registered first; then {listed}"


@outcomes(**STANDING)
async def test_removed_model(share, observed, config):
    """A model leaves `registered_resources`; its provider stays."""
    first, later = serving(config, any=[LARGE, SMALL]), serving(config, any=[SMALL])
    observed(*await second_start(share, "any/gpt-4o", first, later))


@outcomes(**STANDING)
async def test_removed_provider(share, observed, config):
    """A provider leaves the config together with its model."""
    first, later = serving(config, other=[SMALL], any=[LARGE]), serving(config, other=[SMALL])
    observed(*await second_start(share, "any/gpt-4o", first, later))


@outcomes(**STANDING)
async def test_renamed_provider(share, observed, config):
    """A provider, and so its model, gets another name."""
    first, later = serving(config, any=[LARGE]), serving(config, renamed=[LARGE])
    observed(*await second_start(share, "any/gpt-4o", first, later))


@pytest.mark.parametrize("lost", ["kvstore.db*", "sql_store.db*"], ids=["kv", "sql"])
@outcomes(**STANDING)
async def test_deleted_store(share, observed, config, lost):
    """A model leaves the config, and one database is deleted before the second start."""
    first, later = serving(config, any=[LARGE, SMALL]), serving(config, any=[SMALL])
    observed(*await second_start(share, "any/gpt-4o", first, later, lost))


@outcomes(
    replaced="the second start succeeds, and the entry is the changed one",
    kept="the second start succeeds, and the entry is the first one",
    already_exists="the second start fails, because the model already exists",
    boot_fails="the second start fails for another reason",
)
async def test_changed_entry(share, observed, config):
    """The `metadata` of a registered model change between two starts."""
    first, later = serving(config, any=[LARGE]), serving(config, any=[LARGE])
    later["registered_resources"]["models"][0]["metadata"] = {"tier": "changed-tier"}
    run = await share(Restart(first, later))
    if run.failure is None:
        answer = await run.gateway.models()
        observed("replaced" if "changed-tier" in answer.text else "kept", answer)
        return
    exists = "already exists" in run.failure.message
    observed("already-exists" if exists else "boot-fails", run.failure)

"""A model that was taken out of the config is still there after a restart, in the registry."""

import pytest

from conformance import configs
from conformance.model import Claim, Gotcha, outcomes

SECTION = "Bugs and Gotchas, 6"

GOTCHA = Gotcha(
    slug="stale-kvstore",
    happens="a registered model stays in the registry on disk and in `/v1/models` when it, or its "
    "provider, leaves the config; an entry that is changed stops the next start",
    why="callers see models that nobody serves, or that nobody means to serve any more",
    example="remove a model from `registered_resources`, then restart",
    instead="delete the file of the key-value store before the restart, or unregister the model "
    "with `DELETE /v1/models/<id>`",
    documented=f"seed: {SECTION}",
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

STALE, KEPT = "old/gpt-4o", "new/gpt-4o-mini"
OLD, NEW = (configs.provider(name, base_url="https://api.openai.com") for name in ("old", "new"))
MODELS = [configs.model("old", "gpt-4o"), configs.model("new", "gpt-4o-mini")]
LATER = {
    "model": ([OLD, NEW], MODELS[1:]),
    "provider": ([NEW], MODELS[1:]),
    "provider-name": ([NEW], [*MODELS[1:], configs.model("new", "gpt-4o")]),
}
STANDING = {
    "kept": "the old model is still listed",
    "gone": "the old model is not listed any more",
    "boot_fails": "the second start fails",
}


FIRST = [OLD, NEW], MODELS


async def second_start(boot, seeded, config, later, between=lambda: None):
    """Start with both models, then with a later config; return the outcome and the evidence."""
    await seeded(configs.inference(config, *FIRST))
    between()
    async with boot(configs.inference(config, *later)) as run:
        if run.failure is not None:
            return "boot-fails", run.failure
        listed = await run.gateway.model_ids()
    return "kept" if STALE in listed else "gone", f"{STALE} was registered first; then {listed}"


@outcomes(**STANDING)
async def test_removed_model(boot, seeded, observed, config):
    """A model leaves `registered_resources`; its provider stays."""
    observed(*await second_start(boot, seeded, config, LATER["model"]))


@outcomes(**STANDING)
async def test_removed_provider(boot, seeded, observed, config):
    """A provider leaves the config together with its model."""
    observed(*await second_start(boot, seeded, config, LATER["provider"]))


@outcomes(**STANDING)
async def test_renamed_provider(boot, seeded, observed, config):
    """A provider, and so its model, gets another name."""
    observed(*await second_start(boot, seeded, config, LATER["provider-name"]))


@pytest.mark.parametrize("store", ["kv", "sql"])
@outcomes(**STANDING)
async def test_deleted_store(boot, seeded, observed, config, home, store):
    """A model leaves the config, and one database is deleted before the second start."""

    def delete():
        for file in home.rglob("kvstore.db*" if store == "kv" else "sql_store.db*"):
            file.unlink()

    observed(*await second_start(boot, seeded, config, LATER["model"], delete))


@outcomes(
    replaced="the second start succeeds, and the entry is the changed one",
    kept="the second start succeeds, and the entry is the first one",
    already_exists="the second start fails, because the model already exists",
    boot_fails="the second start fails for another reason",
)
async def test_changed_entry(boot, seeded, observed, config):
    """The `metadata` of a registered model change between two starts."""
    await seeded(configs.inference(config, [OLD], MODELS[:1]))
    changed = configs.model("old", "gpt-4o", metadata={"tier": "changed-tier"})
    async with boot(configs.inference(config, [OLD], [changed])) as run:
        if run.failure is None:
            answer = await run.gateway.models()
            observed("replaced" if "changed-tier" in answer.text else "kept", answer)
            return
    exists = "already exists" in run.failure.message
    observed("already-exists" if exists else "boot-fails", run.failure)

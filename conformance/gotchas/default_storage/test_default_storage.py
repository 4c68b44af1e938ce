"""Configs without a `storage` section all share one registry."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="default-storage",
    happens="without `storage`, all stacks of a user share the registry file "
    "`~/.llama/distributions/kvstore.db`, whatever their `distro_name`",
    why="one gateway lists the models of another, whose providers it does not have",
    example="a run.yaml without storage, started beside another one without it",
    instead="give every gateway a `storage` section with paths of its own",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"shared", "literal-directory"}),
    decided_by=(
        "core.storage.datatypes:_default_backends",
        "core.storage.datatypes:StorageConfig",
        "core.utils.config_dirs:DISTRIBS_BASE_DIR",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")


def without_storage(config, name, provider):
    """Return a config of another distribution, with one provider and one model of its own."""
    changed = configs.inference(
        config,
        [configs.provider(provider, base_url="https://api.openai.com")],
        [configs.model(provider, "gpt-4o")],
    )
    del changed["storage"]
    return {key: name if key.endswith("_name") else value for key, value in changed.items()}


@outcomes(
    user_directory="both stores are directly in the user's directory of distributions",
    own_directory="both stores are in a directory of this distribution, below the home",
    literal_directory="a store is below the working directory, in a directory whose name is a "
    "reference to a variable",
    boot_fails="the stack does not boot",
    elsewhere="both stores are somewhere else",
)
async def test_no_storage_section(boot, observed, config, home, default_home, facts):
    """A config without `storage`, on a home directory that has nothing in it."""
    async with boot(without_storage(config, "first", "one")) as run:
        failure = run.failure
        await run.stored_chats()
    found = [f"home/{file.relative_to(default_home)}" for file in default_home.rglob("*.db")]
    found += [str(file.relative_to(home.parent)) for file in home.parent.rglob("*.db")]
    evidence, default = sorted(found), f"home/{facts.directory}/distributions/"
    if failure is not None:
        observed("boot-fails", [str(failure), *evidence])
    elif any("${env." in file for file in found):
        observed("literal-directory", evidence)
    elif evidence == [f"{default}kvstore.db", f"{default}sql_store.db"]:
        observed("user-directory", evidence)
    else:
        own = found and all(file.startswith(f"{default}first/") for file in found)
        observed("own-directory" if own else "elsewhere", evidence)


@pytest.mark.usefixtures("default_home")
@outcomes(
    shared="the second distribution lists the model of the first",
    separate="each distribution lists its own model only",
    boot_fails="a distribution does not boot",
)
async def test_two_distributions(boot, observed, config):
    """Two configs without `storage`, of two names, booted one after the other."""
    async with boot(without_storage(config, "first", "one")) as run:
        failure = run.failure
    async with boot(without_storage(config, "second", "two")) as run:
        failure = failure or run.failure
        listed = [] if failure else await run.gateway.model_ids()
    if failure is not None:
        observed("boot-fails", failure)
        return
    observed("shared" if "one/gpt-4o" in listed else "separate", listed)

"""A misspelt optional key is dropped and its default holds; only a required one is missed."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="misspelt-keys",
    happens="a misspelt key in `storage` or in a model is dropped and the default applies; only "
    "required keys are checked",
    why="data are written to a place that another stack shares, and models are missing; a "
    "misspelt required key is refused, which suggests that all keys are checked",
    example="storage: {backend: {...}}",
    instead="after every change run `llama-conformance diagnose` on the file, which names the keys "
    "that a release ignores; look where the stores are and what `/v1/models` lists",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset(
        {
            "default-directory",
            "literal-directory",
            "default-backend",
            "ignored",
            "not-listed",
            "boots",
            "names-neither",
        }
    ),
    decided_by=(
        "core.datatypes:StackConfig",
        "core.storage.datatypes:StorageConfig",
        "core.stack:register_resources",
    ),
)

VENDOR = configs.provider("vendor", base_url="https://api.openai.com")
KEYS = {
    "api": (("providers",), "inference"),
    "provider-id": (("providers", "inference", 0), "provider_id"),
    "model-id": (("registered_resources", "models", 0), "model_id"),
    "db-path": (("storage", "backends", "kv_default"), "db_path"),
    "namespace": (("storage", "stores", "metadata"), "namespace"),
}


@pytest.mark.needs("remote::passthrough")
@outcomes(
    default_directory="the stores are in the default directory of all stacks of a user",
    literal_directory="the stores are below the working directory, in a directory whose name is a "
    "reference to a variable",
    configured="the stores are where the config says",
    boot_fails="the stack does not boot",
)
async def test_backends(boot, observed, config, home, default_home):
    """`storage.backend` in place of `storage.backends`."""
    config["storage"]["backend"] = config["storage"].pop("backends")
    async with boot(config) as run:
        failure = run.failure
    default = [str(f.relative_to(default_home)) for f in default_home.rglob("*.db")]
    found = [str(f.relative_to(home.parent)) for f in home.parent.rglob("*.db")]
    if failure is not None:
        observed("boot-fails", failure)
        return
    if default:
        observed("default-directory", sorted(default + found))
    elif any("${env." in file for file in found):
        observed("literal-directory", sorted(found))
    elif (home / ".llama").exists():
        observed("configured", sorted(found))
    else:
        raise CouldNotObserveError(f"the stores are nowhere that is known: {found}")


@pytest.mark.needs("remote::passthrough")
@outcomes(
    default_backend="the registry is in the default backend",
    configured="the registry is in the backend of the config",
    boot_fails="the stack does not boot",
)
async def test_store(boot, observed, config, home):
    """`storage.stores.metadatas` in place of `metadata`, with a backend of its own."""
    storage = config["storage"]
    storage["backends"]["mine"] = {"type": "kv_sqlite", "db_path": "${env.HOME}/mine.db"}
    storage["stores"]["metadatas"] = storage["stores"].pop("metadata") | {"backend": "mine"}
    async with boot(config) as run:
        failure = run.failure
    found = sorted(file.name for file in home.rglob("*.db"))
    if failure is not None:
        observed("boot-fails", failure)
    elif "mine.db" in found:
        observed("configured", found)
    elif "kvstore.db" in found:
        observed("default-backend", found)
    else:
        raise CouldNotObserveError(f"no store has the registry: {found}")


@pytest.mark.needs("remote::passthrough")
@outcomes(
    ignored="the catalogue knows nothing of the vendor's name of the model",
    honoured="the catalogue has the vendor's name of the model",
    boot_fails="the stack does not boot",
)
async def test_provider_model_id(boot, observed, config):
    """`provider_model` in place of `provider_model_id`."""
    wrong = configs.model("vendor", "fast", provider_model="gpt-4o")
    async with boot(configs.inference(config, [VENDOR], [wrong])) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await run.gateway.models()
    observed("honoured" if "gpt-4o" in answer.text else "ignored", answer)


@pytest.mark.needs("remote::passthrough")
@outcomes(
    not_listed="the model is left out of the catalogue",
    listed="the model is in the catalogue",
    boot_fails="the stack does not boot",
)
async def test_provider_id_of_a_model(boot, observed, config):
    """`provider` in place of `provider_id`, for a model where only one provider exists."""
    wrong = {"provider": "vendor", "model_id": "gpt-4o", "model_type": "llm"}
    async with boot(configs.inference(config, [VENDOR], [wrong])) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        listed = await run.gateway.model_ids()
    observed("listed" if listed else "not-listed", f"models: {listed}")


@pytest.mark.parametrize(("path", "name"), KEYS.values(), ids=KEYS)
@outcomes(
    names_right="the boot fails, and the error names the key that is missing",
    names_misspelt="the boot fails, and the error names the misspelt key only",
    names_neither="the boot fails, and the error names neither",
    boots="the stack boots",
)
async def test_required(boot, observed, config, path, name):
    """A required key with its last letter changed to `q`."""
    place = config
    for step in path:
        place = place[step]
    wrong = f"{name[:-1]}q"
    place[wrong] = place.pop(name)
    async with boot(config) as run:
        failure = run.failure
    if failure is None:
        observed("boots", "no failure")
        return
    misspelt = "names-misspelt" if wrong in failure.message else "names-neither"
    observed("names-right" if name in failure.message else misspelt, failure)

"""A key the stack does not know, a top-level `models` for example, is dropped without a word."""

import copy

import pytest

from conformance import configs
from conformance.model import Claim, Gotcha, outcomes

SECTION = "Bugs and Gotchas, 3"

GOTCHA = Gotcha(
    slug="ignored-keys",
    happens="a key in the wrong place is dropped, at every level of the file; nothing is logged, "
    "but the config of a provider is logged with the dropped key as if it counted",
    why="the server starts and serves something other than what the file says, and discovery may "
    "even make the difference invisible",
    example="models: [...] at the top level, not below `registered_resources`",
    instead="compare `/v1/models` and the configuration in the server's log with the file",
    documented=f"seed: {SECTION}",
    bites=frozenset({"ignored", "echoed", "hidden", "silent"}),
    claims=(
        Claim(
            says="The `models` top-level key is silently dropped: `StackConfig` has no such field",
            section=SECTION,
            check="top-level-models",
            confirmed=frozenset({"ignored"}),
        ),
        Claim(
            says="… silently",
            section=SECTION,
            check="top-level-models-in-the-log",
            confirmed=frozenset({"silent"}),
            imprecise=frozenset({"echoed"}),
        ),
        Claim(
            says="The server ran fine because auto-discovery registered the models anyway",
            section=SECTION,
            check="top-level-models-and-discovery-remote-openai",
            confirmed=frozenset({"hidden"}),
        ),
    ),
    decided_by=("core.datatypes:StackConfig", "core.datatypes:Provider"),
)

MODELS = [configs.model("openai", "gpt-4o")]
INFERENCE = ("providers", "inference", 0)
RESOURCES = ("registered_resources", "models", 0)
LEVELS = {
    "top-level": (),
    "provider": INFERENCE,
    "provider-config": (*INFERENCE, "config"),
    "registered-resources": RESOURCES[:1],
    "model": RESOURCES,
    "storage": ("storage",),
    "backend": ("storage", "backends", "kv_default"),
    "stores": ("storage", "stores"),
    "store-reference": ("storage", "stores", "metadata"),
    "server": ("server",),
}


def mentions(log, word):
    """Name how the log mentions a word, and return the lines that do."""
    lines = [line for entry in log for line in entry.splitlines() if word in line]
    levels = {entry.partition(" ")[0] for entry in log if word in entry}
    warned = levels & {"WARNING", "ERROR", "CRITICAL"}
    return "warned" if warned else "echoed" if lines else "silent", lines or "not in the log"


@pytest.mark.parametrize("path", LEVELS.values(), ids=LEVELS)
@outcomes(
    ignored="the stack boots and does not mention the key",
    echoed="the stack boots, and its log shows the key among what is configured",
    warned="the stack boots and warns of the key",
    boot_fails="the stack does not boot",
)
async def test_unknown_key(boot, observed, config, path):
    """`nonesuch: 1` at one level of the file."""
    config = copy.deepcopy(config)
    place = config
    for step in path:
        place = place[step]
    place["nonesuch"] = "1"
    async with boot(config) as run:
        failure = run.failure
    if failure is not None:
        observed("boot-fails", failure)
    outcome, lines = mentions(run.log, "nonesuch")
    observed("ignored" if outcome == "silent" else outcome, lines)


LISTED = {
    "ignored": "the stack boots, and its models are none of those in the section",
    "honoured": "the stack boots, and lists the model of the section",
    "boot_fails": "the stack does not boot",
}


@pytest.mark.parametrize("key", ["models", "registered_resource"], ids=["models", "misspelt"])
@outcomes(**LISTED)
async def test_top_level(boot, observed, config, key):
    """The models under a wrong key at the top level, and no `registered_resources`."""
    wrong = {"models": MODELS, "registered_resource": {"models": MODELS}}
    del config["registered_resources"]
    async with boot(config | {key: wrong[key]}) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
        listed = await run.gateway.model_ids()
    observed("honoured" if "openai/gpt-4o" in listed else "ignored", f"models: {listed}")


@outcomes(
    silent="the log does not mention the model",
    echoed="the log shows the model among what is configured",
    warned="the log warns of the key or the model",
    boot_fails="the stack does not boot",
)
async def test_top_level_models_in_the_log(boot, observed, config):
    """What is logged about a top-level `models`."""
    del config["registered_resources"]
    async with boot(config | {"models": [configs.model("openai", "dropped-model")]}) as run:
        failure = run.failure
    if failure is not None:
        observed("boot-fails", failure)
    observed(*mentions(run.log, "dropped-model"))


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize(
    ("kind", "root"),
    [("remote::openai", "/v1"), (configs.PASSTHROUGH, "")],
    ids=["remote-openai", "passthrough"],
)
@outcomes(
    hidden="the vendor's model in the section is listed, for discovery found it; the one the "
    "vendor does not have is not",
    honoured="both models in the section are listed",
    ignored="neither model in the section is listed",
    boot_fails="the stack does not boot",
)
async def test_top_level_models_and_discovery(boot, observed, config, key, kind, root):
    """A top-level `models`, on a provider with a key, which discovers the vendor's models."""
    url = f"https://api.openai.com{root}"
    provider = configs.provider("openai", kind, base_url=url, api_key=key)
    config = configs.inference(config, [provider])
    wrong = [*MODELS, configs.model("openai", "not-at-the-vendor")]
    async with boot(config | {"models": wrong}) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
        listed = await run.gateway.model_ids()
    known = [f"openai/{model['model_id']}" in listed for model in wrong]
    names = {(True, False): "hidden", (True, True): "honoured"}
    observed(names.get(tuple(known), "ignored"), f"models: {listed}")

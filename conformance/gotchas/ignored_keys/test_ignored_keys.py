"""A key the stack does not know, a top-level `models` for example, is dropped without a word."""

import copy

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

SECTION = "Bugs and Gotchas, 3"

GOTCHA = Gotcha(
    slug="ignored-keys",
    happens="a key in the wrong place is dropped without a word, at every level of the file",
    why="the server starts and serves something other than what the file says, and discovery may "
    "hide the difference; a provider's config is even logged with the dropped key as if it were "
    "used",
    example="models: [...] at the top level, not below registered_resources",
    instead="compare `/v1/models` and the configuration in the server's log with the file",
    documented=f"seed: {SECTION}",
    severity=Severity.MEDIUM,
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

UNKNOWN = "nonesuch-key"
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


def with_unknown_key(config, level):
    """Return the config with an unknown key at this level."""
    changed = copy.deepcopy(config)
    place = changed
    for step in LEVELS[level]:
        place = place[step]
    place[UNKNOWN] = "1"
    return changed


@pytest.mark.needs("remote::passthrough")
@pytest.mark.parametrize("level", LEVELS)
@outcomes(
    ignored="the stack boots and does not mention the key",
    echoed="the stack boots, and its log shows the key among what is configured",
    warned="the stack boots and warns of the key",
    boot_fails="the stack does not boot",
)
async def test_unknown_key(share, observed, config, level):
    """`nonesuch: 1` at one level of the file."""
    run = await share(with_unknown_key(config, level))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    outcome, lines = mentions(run.log, UNKNOWN)
    observed("ignored" if outcome == "silent" else outcome, lines)


LISTED = {
    "ignored": "the stack boots, and its models are none of those in the section",
    "honoured": "the stack boots, and lists the model of the section",
    "boot_fails": "the stack does not boot",
}
WRONG_PLACES = {
    "models": [configs.model("openai", "in-models")],
    "registered_resource": {"models": [configs.model("openai", "in-misspelt")]},
}


def misplaced(config, key):
    """Return the config with models under this wrong key only."""
    kept = {name: value for name, value in config.items() if name != "registered_resources"}
    return kept | {key: WRONG_PLACES[key]}


@pytest.mark.needs("remote::passthrough")
@pytest.mark.parametrize(
    ("key", "name"),
    [("models", "in-models"), ("registered_resource", "in-misspelt")],
    ids=["models", "misspelt"],
)
@outcomes(**LISTED)
async def test_top_level(share, observed, config, key, name):
    """The models under a wrong key at the top level, and no `registered_resources`."""
    run = await share(misplaced(config, key))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    listed = await run.gateway.model_ids()
    observed("honoured" if f"openai/{name}" in listed else "ignored", f"models: {listed}")


@pytest.mark.needs("remote::passthrough")
@outcomes(
    silent="the log does not mention the model",
    echoed="the log shows the model among what is configured",
    warned="the log warns of the key or the model",
    boot_fails="the stack does not boot",
)
async def test_top_level_models_in_the_log(share, observed, config):
    """What is logged about a top-level `models`."""
    run = await share(misplaced(config, "models"))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    observed(*mentions(run.log, "in-models"))


KINDS = {"remote-openai": ("remote::openai", "/v1"), "passthrough": (configs.PASSTHROUGH, "")}


def discovering(config, key, name):
    """Return the config with this provider, a key for it, and a top-level `models`."""
    kind, root = KINDS[name]
    url = f"https://api.openai.com{root}"
    provider = configs.provider(name, kind, base_url=url, api_key=key)
    wrong = [configs.model(name, model) for model in ("gpt-4o", "not-at-the-vendor")]
    return configs.inference(config, [provider]) | {"models": wrong}


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("name", KINDS)
@outcomes(
    hidden="the vendor's model in the section is listed, for discovery found it; the one the "
    "vendor does not have is not",
    honoured="both models in the section are listed",
    ignored="neither model in the section is listed",
    boot_fails="the stack does not boot",
)
async def test_top_level_models_and_discovery(share, observed, config, key, name):
    """A top-level `models`, on a provider with a key, which discovers the vendor's models."""
    run = await share(discovering(config, key, name))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    listed = await run.gateway.model_ids()
    known = f"{name}/gpt-4o" in listed, f"{name}/not-at-the-vendor" in listed
    names = {(True, False): "hidden", (True, True): "honoured"}
    observed(names.get(known, "ignored"), f"models: {listed}")

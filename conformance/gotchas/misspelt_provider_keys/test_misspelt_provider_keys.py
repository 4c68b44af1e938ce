"""A misspelt key in a provider's config lets the default decide who is asked, and with what key."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="misspelt-provider-keys",
    happens="a misspelt `base_url` is dropped: a passthrough provider asks the caller's URL, "
    "`remote::openai` sends its key to api.openai.com",
    why="callers choose the vendor, or the operator's key goes to a vendor that it is not for; "
    "with a misspelt `api_key` nothing is listed",
    example="config: {base_urll: https://api.anthropic.com}",
    instead="after every change run `llama-conformance diagnose` on the file, which names the keys "
    "that a release ignores, and check where one request goes",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"caller-decides", "default-vendor", "no-models"}),
    decided_by=(
        "providers.remote.inference.passthrough.config:PassthroughImplConfig",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_passthrough_url"
        ),
        "providers.utils.inference.model_registry:RemoteInferenceProviderConfig",
        "core.datatypes:Provider",
    ),
)

OPENAI, ANTHROPIC = "https://api.openai.com", "https://api.anthropic.com"
MISPLACED = {
    "misspelt": configs.provider("misspelt", base_urll=ANTHROPIC),
    "beside-config": configs.provider("beside-config") | {"base_url": ANTHROPIC},
}
NOT_THE_KEY = ["apikey", "auth_credential"]


def hosts(sent):
    """Return whom the stack asked."""
    return [request.url.split("/")[2] for request in sent]


@pytest.mark.needs("remote::passthrough", "chat")
@pytest.mark.scenario("chat")
@pytest.mark.parametrize("place", MISPLACED)
@outcomes(
    caller_decides="the request goes to the URL in the caller's header",
    configured="the request goes to the URL in the config",
    elsewhere="the request goes to another URL",
    refused="the caller gets a 4xx, and no request leaves the stack",
    server_error="the caller gets a 500 or above, and no request leaves the stack",
    boot_fails="the stack does not boot",
)
async def test_base_url_of_passthrough(share, observed, config, provider_data, sent, place):
    """`base_urll` in the config of a passthrough provider, or `base_url` beside that config."""
    run = await share(configs.inference(config, [MISPLACED[place]]))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.chat(f"{place}/gpt-4o", data=provider_data("openai"))
    names = {"api.openai.com": "caller-decides", "api.anthropic.com": "configured"}
    asked = hosts(sent)
    outcome = names.get(asked[-1], "elsewhere") if asked else answer.trouble
    observed(outcome, f"asked {asked}; {answer}")


@pytest.mark.scenario("discovery-refused")
@outcomes(
    default_vendor="the key goes to api.openai.com, the default",
    configured="the key goes to the URL in the config",
    elsewhere="the key goes to another URL",
    nowhere="the key goes nowhere",
    boot_fails="the stack does not boot",
)
async def test_base_url_of_remote_openai(boot, observed, config, key, sent):
    """`base_urll` in the config of a `remote::openai` provider that has a key."""
    provider = configs.provider("vendor", "remote::openai", base_urll=ANTHROPIC, api_key=key)
    async with boot(configs.inference(config, [provider])) as run:
        failure = run.failure
    if failure is not None:
        observed("boot-fails", failure)
        return
    told = [r.url for r in sent if key in r.headers.get("authorization", "")]
    if any(url.startswith(OPENAI) for url in told):
        observed("default-vendor", told)
    elif any(url.startswith(ANTHROPIC) for url in told):
        observed("configured", told)
    else:
        observed("elsewhere" if told else "nowhere", told)


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("name", NOT_THE_KEY, ids=["misspelt", "inner-name"])
@outcomes(
    no_models="the stack boots without a key, so it asks no vendor and lists no model",
    discovered="the key is used, and the vendor's models are listed",
    asked_in_vain="the stack boots and asks a vendor, and lists no model",
    boot_fails="the stack does not boot",
)
async def test_api_key(share, observed, config, key, name):
    """`apikey`, or `auth_credential` as the stack calls it in its log, in place of `api_key`."""
    provider = configs.provider("openai", "remote::openai", **{name: key})
    run = await share(configs.inference(config, [provider]))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    listed = await run.gateway.model_ids()
    evidence = f"asked {hosts(run.sent_at_boot)}; models: {listed}"
    without = "asked-in-vain" if run.sent_at_boot else "no-models"
    observed("discovered" if listed else without, evidence)

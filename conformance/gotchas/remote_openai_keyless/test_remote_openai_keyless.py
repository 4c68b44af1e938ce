"""`remote::openai` without a key serves callers who bring their own, if no model is registered."""

import pytest

from conformance.core.model import Claim, CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="remote-openai-keyless",
    happens="without a key or registered models `remote::openai` starts and serves callers with "
    "their own keys; its catalogue stays empty",
    why="guides call this impossible, though it enforces `allowed_models` and needs no URL in the "
    "header; but with a key in its config it serves everyone who sends none, at your expense",
    example='X-LlamaStack-Provider-Data: {"openai_api_key": "<the caller\'s key>"}',
    instead="for callers with their own keys leave `api_key` out and register nothing; callers "
    "name `openai/<model>`, and see the vendor's models once they send their key",
    documented="found by this suite; seed: The Big Decision",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"boot-fails", "served-with-the-servers-key"}),
    claims=(
        Claim(
            says="`remote::openai` has a fatal flaw for callers who pass their own keys per "
            "request: it requires a valid API key at server startup.",
            section="The Big Decision, the problem with `remote::openai`",
            check="chat-with-callers-key",
            confirmed=frozenset({"boot-fails", "refused"}),
            really="it needs none as long as no model is registered for it: a caller's "
            "`openai_api_key` is used, and any `openai/<model>` is forwarded",
        ),
    ),
    decided_by=(
        "providers.utils.inference.openai_mixin:OpenAIMixin._get_api_key_from_config_or_provider_data",
        "core.routers.inference:InferenceRouter._get_provider_by_fallback",
        "core.routing_tables.models:ModelsRoutingTable._get_dynamic_models_from_provider_data",
    ),
)

SERVED = {
    "served_with_callers_key": "the vendor is asked with the caller's key",
    "served_with_the_servers_key": "the vendor is asked with the key of the config",
    "served_with_another_key": "the vendor is asked with a key of neither",
    "refused": "the caller gets a 4xx, and nothing reaches the vendor",
    "server_error": "the caller gets a 500 or above, and nothing reaches the vendor",
    "boot_fails": "the stack does not start",
}
LISTED = {
    "vendors_models": "the vendor's models are listed",
    "nothing": "no model is listed",
    "boot_fails": "the stack does not start",
}
CHAT = "openai/gpt-4o"


def keyless(config, **fields):
    """The config with remote::openai alone, and nothing registered."""
    url = "https://api.openai.com/v1"
    provider = configs.provider("openai", "remote::openai", base_url=url, **fields)
    return configs.inference(config, [provider])


async def served(run, sent, data, servers_key=None, *, limited=True):
    """Whose key a caller's chat reached the vendor with."""
    if run.failure:
        return "boot-fails", run.failure
    answer = await run.gateway.chat(CHAT, data=data, limited=limited)
    chats = [request for request in sent if request.url.endswith("/chat/completions")]
    if not chats:
        return answer.trouble, answer
    names = {servers_key: "served-with-the-servers-key"}
    names |= {(data or {}).get("openai_api_key"): "served-with-callers-key"}
    key = chats[-1].headers["authorization"].removeprefix("Bearer ")
    return names.get(key, "served-with-another-key"), f"{chats[-1]} {answer}"


async def listed(run, data):
    """What the catalogue shows."""
    if run.failure:
        return "boot-fails", run.failure
    ids = await run.gateway.model_ids(data=data)
    if ids and CHAT not in ids:
        raise CouldNotObserveError(f"models are listed, but not the vendor's: {ids}")
    return "vendors-models" if ids else "nothing", f"{len(ids)} entries: {ids}"


@pytest.mark.scenario("discovery")
@outcomes(**SERVED)
async def test_chat_with_callers_key(share, observed, config, key, sent):
    """No key in the config; the caller sends `openai_api_key`."""
    run = await share(keyless(config))
    observed(*await served(run, sent, {"openai_api_key": key}))


@pytest.mark.scenario("discovery")
@outcomes(**SERVED)
async def test_chat_without_any_key(share, observed, config, sent):
    """No key in the config; the caller sends none either."""
    run = await share(keyless(config))
    observed(*await served(run, sent, None))


@pytest.mark.scenario("discovery")
@outcomes(**SERVED)
async def test_chat_without_callers_key(share, observed, config, key, sent):
    """A key in the config; the caller sends none."""
    run = await share(keyless(config, api_key=key))
    observed(*await served(run, sent, None, servers_key=key))


@pytest.mark.scenario("discovery-wrong-key")
@outcomes(**SERVED)
async def test_chat_past_servers_key(share, observed, config, made_up_key, sent):
    """A key in the config; the caller sends another."""
    run = await share(keyless(config, api_key="not-a-key"))
    data = {"openai_api_key": made_up_key}  # which is refused, so nothing is to be limited
    observed(*await served(run, sent, data, servers_key="not-a-key", limited=False))


@pytest.mark.scenario("discovery")
@outcomes(**LISTED)
async def test_catalogue_with_callers_key(share, observed, config, key):
    """No key in the config; the caller sends `openai_api_key`."""
    run = await share(keyless(config))
    observed(*await listed(run, {"openai_api_key": key}))


@pytest.mark.scenario("discovery")
@outcomes(**LISTED)
async def test_catalogue_without_any_key(share, observed, config):
    """No key in the config; the caller sends none either."""
    run = await share(keyless(config))
    observed(*await listed(run, None))

"""A variable that is written as in a shell, or has an empty default, is lost without a word."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="env-variables",
    happens="`$NAME`, `${NAME}` and `${env.NAME:-default}` are not expanded; used as a key, the "
    "text goes to the vendor",
    why="each request fails at the vendor, and nothing in the log says why; an empty default "
    "removes the field, a `base_url` too, so that requests and keys go to the caller's URL; a "
    "model registered for a provider that `${env.NAME:+…}` has left out stops the start",
    example="api_key: ${OPENAI_API_KEY}",
    instead="write `${env.NAME}` for what must be set: if it is not, the start fails and names "
    "it; register no model for a provider that may be left out",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"literal-sent", "to-the-callers-url", "boot-fails"}),
    decided_by=("core.stack:replace_env_vars", "core.stack:register_resources"),
)

URL, MODEL = "https://api.openai.com", "gpt-4o"
SHELL = {
    "dollar": "$UNSET_KEY",
    "braces": "${UNSET_KEY}",
    "shells-default": "${env.UNSET_KEY:-none}",
}
CLAUDE, CALLERS_URL = "claude-sonnet-4-5", "https://api.anthropic.com/"


def chats(sent):
    """Return the chats among the requests that left for a vendor."""
    return [request for request in sent if request.url.endswith("/chat/completions")]


@pytest.mark.needs("remote::passthrough", "chat")
@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("name", SHELL)
@outcomes(
    literal_sent="the vendor gets what the config says, dollar and all, as the key",
    replaced="the vendor gets another key",
    not_sent="the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_key_as_in_a_shell(share, observed, config, provider_data, sent, name):
    """`api_key` names a variable, which is not set, as a shell would."""
    provider = configs.provider("any", base_url=URL, api_key=SHELL[name])
    run = await share(configs.inference(config, [provider], [configs.model("any", MODEL)]))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.chat(f"any/{MODEL}", data=provider_data("openai"))
    keys = [request.headers["authorization"] for request in chats(sent)]
    outcome = "literal-sent" if f"Bearer {SHELL[name]}" in keys else "replaced"
    observed(outcome if keys else "not-sent", answer)


@pytest.mark.needs("remote::passthrough", "chat")
@pytest.mark.scenario("chat")
@outcomes(
    to_the_callers_url="the request goes to the URL that the caller sends",
    sent_elsewhere="the request goes to another URL",
    not_sent="no vendor is asked",
    boot_fails="the stack does not boot",
)
async def test_empty_default(boot, observed, config, provider_data, sent):
    """`base_url: ${env.UNSET_URL:=}`, and a caller who names Anthropic's."""
    provider = configs.provider("any", base_url="${env.UNSET_URL:=}")
    data = provider_data("anthropic")
    wanted = configs.inference(config, [provider], [configs.model("any", CLAUDE)])
    async with boot(wanted) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await run.gateway.chat(f"any/{CLAUDE}", data=data)
    urls = [request.url for request in chats(sent)]
    there = all(url.startswith(CALLERS_URL) for url in urls)
    outcome = "to-the-callers-url" if there else "sent-elsewhere"
    observed(outcome if urls else "not-sent", f"{urls} {answer}")


@outcomes(
    names_it="the stack does not boot, and the error names the variable",
    boot_fails="the stack does not boot, and the error does not name it",
    boots="the stack boots",
)
async def test_without_a_default(boot, observed, config):
    """`base_url: ${env.UNSET_URL}`."""
    provider = configs.provider("any", base_url="${env.UNSET_URL}")
    async with boot(configs.inference(config, [provider], [configs.model("any", MODEL)])) as run:
        refused = run.failure is not None
        named = refused and "UNSET_URL" in run.failure.message
        observed("names-it" if named else "boot-fails" if refused else "boots", run.failure)


@pytest.mark.needs("remote::passthrough")
@outcomes(
    left_out="the stack boots without the provider and its model",
    listed="the stack boots, and lists the model",
    boot_fails="the stack does not boot",
)
async def test_model_of_a_provider_left_out(boot, observed, config):
    """`provider_id: ${env.UNSET_KEY:+some}`, and a model registered for `some`."""
    names = ("${env.UNSET_KEY:+some}", "other")
    providers = [configs.provider(name, base_url=URL) for name in names]
    models = [configs.model(name, MODEL) for name in ("some", "other")]
    async with boot(configs.inference(config, providers, models)) as run:
        listed = run.failure or await run.gateway.model_ids()
    outcome = "listed" if f"some/{MODEL}" in str(listed) else "left-out"
    observed(outcome if run.failure is None else "boot-fails", listed)

"""`allowed_models` lets no server start without a key, and `remote::passthrough` ignores it."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

SECTION = "The Big Decision, the problem with `remote::openai`"

GOTCHA = Gotcha(
    slug="allowed-models",
    happens="`allowed_models` only filters what the vendor lists on `remote::openai`; on "
    "`remote::passthrough` it has no effect",
    why="it replaces no key: used as a catalogue it gives a server that does not start; used as "
    "an access list with `remote::passthrough` it is accepted and limits nothing",
    example="provider_type: remote::passthrough\nconfig:\n  allowed_models: [gpt-4o]",
    instead="use it on `remote::openai` to limit the models of all callers, also of those with "
    "their own keys; with `remote::passthrough` filter in front of the gateway, for its callers "
    "get past access rules too (see `unlisted-models`)",
    documented="seed: The Big Decision",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"not-available", "boot-fails", "forwarded-though-not-allowed"}),
    claims=(
        Claim(
            says="`allowed_models` is a config filter that limits auto-discovery.",
            section=SECTION,
            check="discovery",
            confirmed=frozenset({"only-allowed"}),
        ),
        Claim(
            says="Even with `allowed_models: [gpt-4o]`, the provider still needs a valid key to "
            "discover that one model.",
            section=SECTION,
            check="start-allowed-without-key",
            confirmed=frozenset({"not-available", "boot-fails"}),
        ),
        Claim(
            says="`allowed_models: []` means nothing passes the filter, so `registered_resources` "
            "can't validate against an empty list.",
            section=SECTION,
            check="start-none-allowed-with-key",
            confirmed=frozenset({"not-available"}),
        ),
        Claim(
            says="`allowed_models` can't help (a gateway without a key).",
            section=SECTION,
            check="keyless-call-of-another-model",
            confirmed=frozenset({"forwarded-though-not-allowed", "boot-fails"}),
            imprecise=frozenset({"rejected-not-allowed"}),
            really="not as a catalogue; but with no registered model `remote::openai` needs no key "
            "to start, and then `allowed_models` limits what its callers can ask for",
        ),
    ),
    decided_by=(
        "providers.utils.inference.openai_mixin:OpenAIMixin.list_models",
        "providers.utils.inference.openai_mixin:OpenAIMixin._validate_model_allowed",
        "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter.openai_chat_completion",
    ),
)

STARTS = {
    "boots": "the stack starts",
    "not_available": "the stack does not start, because the model is not available",
    "boot_fails": "the stack does not start, for another reason",
}
CALLS = {
    "rejected_not_allowed": "the gateway refuses, and says that the model is not allowed",
    "rejected": "the gateway refuses for another reason",
    "forwarded_though_not_allowed": "the vendor gets the request",
    "boot_fails": "the stack does not start",
}
OPENAI = "remote::openai", "https://api.openai.com/v1"
PASSTHROUGH = "remote::passthrough", "https://api.openai.com"
pytestmark = pytest.mark.scenario("allowed-models")


def allowing(name, allowed, kind=OPENAI, **fields):
    """A provider that allows some models."""
    return configs.provider(name, kind[0], base_url=kind[1], allowed_models=allowed, **fields)


STARTING = {
    "allowed-without-key": (["gpt-4o"], False),
    "none-allowed-without-key": ([], False),
    "allowed-with-key": (["gpt-4o"], True),
    "another-allowed-with-key": (["gpt-4o-mini"], True),
    "none-allowed-with-key": ([], True),
}


@pytest.mark.parametrize(("allowed", "has_key"), STARTING.values(), ids=STARTING)
@outcomes(**STARTS)
async def test_start(share, observed, config, key, allowed, has_key):
    """gpt-4o is registered for `remote::openai`, and models are allowed."""
    provider = allowing("openai", allowed, **({"api_key": key} if has_key else {}))
    run = await share(configs.inference(config, [provider], [configs.model("openai", "gpt-4o")]))
    unavailable = "is not available" in str(run.failure)
    refused = "not-available" if unavailable else "boot-fails"
    observed(refused if run.failure else "boots", run.failure or await run.gateway.model_ids())


@outcomes(
    only_allowed="of the vendor's models those on the list are shown, and no others",
    more="other models of the vendor are shown too",
    nothing="no model is shown",
)
async def test_discovery(share, observed, config, key):
    """A key and `allowed_models: [gpt-4o]`, nothing registered."""
    run = await share(configs.inference(config, [allowing("openai", ["gpt-4o"], api_key=key)]))
    ids = await run.gateway.model_ids()
    names = {(): "nothing", ("openai/gpt-4o",): "only-allowed"}
    observed(names.get(tuple(ids), "more"), ids)


async def called(run, sent, data):
    """Chat with gpt-4o-mini, which is not allowed; return the outcome and the answer."""
    if run.failure:
        return "boot-fails", run.failure
    answer = await run.gateway.chat("openai/gpt-4o-mini", data=data)
    if any(request.method == "POST" for request in sent):
        return "forwarded-though-not-allowed", answer
    says_so = "not in the allowed models" in answer.text
    return "rejected-not-allowed" if says_so else "rejected", answer


@outcomes(**CALLS)
async def test_call_of_another_model(share, observed, config, key, sent):
    """`remote::openai` with a key and `allowed_models: [gpt-4o]`."""
    run = await share(configs.inference(config, [allowing("openai", ["gpt-4o"], api_key=key)]))
    observed(*await called(run, sent, None))


@outcomes(**CALLS)
async def test_keyless_call_of_another_model(share, observed, config, key, sent):
    """`remote::openai` without a key and with `allowed_models: [gpt-4o]`; the caller has a key."""
    run = await share(configs.inference(config, [allowing("openai", ["gpt-4o"])]))
    observed(*await called(run, sent, {"openai_api_key": key}))


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(**CALLS)
async def test_passthrough_call_of_another_model(share, observed, config, provider_data, sent):
    """`remote::passthrough` with `allowed_models: [gpt-4o]`; the caller has a key."""
    provider = allowing("openai", ["gpt-4o"], PASSTHROUGH)
    run = await share(configs.inference(config, [provider]))
    observed(*await called(run, sent, provider_data("openai")))

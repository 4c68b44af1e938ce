"""`remote::vllm` registers models unchecked, with a token at least, and limits each chat."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs
from conformance.stack.client import PROMPT

SECTION = "The Big Decision, the vLLM escape hatch"

GOTCHA = Gotcha(
    slug="remote-vllm",
    happens="registered models are not checked with an `api_token`, from 0.6.0 on never; chats get "
    "`max_tokens: 4096`",
    why="a mistyped model name goes unnoticed until the first call; before 0.6.0 a start without "
    "a token sends one request for each model that the server lists; long answers are cut off",
    example="provider_type: remote::vllm\nconfig:\n  api_token: anything",
    instead="write `max_tokens: 0` in the provider's config, and no limit is added; before 0.6.0 "
    "leave `api_token` out for a vLLM that wants no key, and models are checked; for a vendor's "
    "API with callers' own keys prefer `remote::passthrough`",
    documented="seed: The Big Decision",
    severity=Severity.MEDIUM,
    bites=frozenset({"boots-unchecked", "vendor-error", "boot-fails", "limited"})
    | {"changed", "for-each-model", "more"},
    claims=(
        Claim(
            says="`remote::vllm` overrides `check_model_availability()` to return `True` "
            "unconditionally when auth credentials are set.",
            section=SECTION,
            check="start-with-wrong-token-unlisted",
            confirmed=frozenset({"boots-unchecked"}),
        ),
        Claim(
            says="The OpenAI provider doesn't, it inherits the strict validation.",
            section=SECTION,
            check="openai-start-with-key",
            confirmed=frozenset({"not-found"}),
        ),
        Claim(
            says="We found that `remote::vllm` handles this differently: the escape hatch.",
            section=SECTION,
            check="start-without-token-refused",
            confirmed=frozenset({"boots", "boots-unchecked"}),
            imprecise=frozenset({"vendor-error"}),
            really="only with some token in the config, right or wrong; without one the server is "
            "asked, and one that wants a key keeps the stack from starting",
        ),
    ),
    decided_by=(
        "providers.remote.inference.vllm.vllm:VLLMInferenceAdapter.check_model_availability",
        "providers.remote.inference.vllm.vllm:VLLMInferenceAdapter.get_api_key",
        "providers.remote.inference.vllm.vllm:VLLMInferenceAdapter.openai_chat_completion",
    ),
)

STARTS = {
    "boots": "the stack starts, and the server was asked for its list, which has the model",
    "boots_unchecked": "the stack starts, and the server showed it no list with the model",
    "not_found": "the stack does not start, because the server does not list the model",
    "vendor_error": "the stack does not start, and says what the server answered",
    "boot_fails": "the stack does not start, for another reason",
}
LISTED, UNLISTED = "gpt-4o", "not-listed-by-the-vendor"
WRONG_TOKEN = {"api_token": "not-a-key"}
NOT_ASKED = {
    "refused": "the caller gets a 4xx, and nothing reaches the server",
    "server_error": "the caller gets a 500 or above, and nothing reaches the server",
}


def vllm(config, *models, kind="remote::vllm", **fields):
    """The config with one provider at an address that answers as OpenAI, and its models."""
    provider = configs.provider("vllm", kind, base_url="https://api.openai.com/v1", **fields)
    return configs.inference(config, [provider], [configs.model("vllm", m) for m in models])


def started(run, model):
    """How the stack started, given what the server lists."""
    asked = [f"{request.method} {request.url}" for request in run.sent_at_boot]
    if run.failure:
        texts = {"not found": "not-found", "is not available": "not-found", "401": "vendor-error"}
        known = [name for text, name in texts.items() if text in run.failure.message]
        return (known or ["boot-fails"])[0], f"{run.failure} {asked}"
    shown = any(a.status == 200 and f'"{model}"' in a.text for a in run.answers_at_boot)
    return "boots" if shown else "boots-unchecked", asked + [a.status for a in run.answers_at_boot]


async def list_is_open(share, config, key):
    """Fetch the list with a key. Replay compares no keys: a later start without is given it."""
    await share(vllm(config, api_token=key))


@pytest.mark.scenario("discovery-wrong-key")
@pytest.mark.parametrize("model", [LISTED, UNLISTED], ids=["listed", "unlisted"])
@outcomes(**STARTS)
async def test_start_with_wrong_token(share, observed, config, model):
    """A token that the server refuses, and a registered model."""
    observed(*started(await share(vllm(config, model, **WRONG_TOKEN)), model))


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("model", [LISTED, UNLISTED], ids=["listed", "unlisted"])
@outcomes(**STARTS)
async def test_start_without_token(share, observed, config, key, model):
    """No token, a registered model, and a server that wants no key."""
    await list_is_open(share, config, key)
    observed(*started(await share(vllm(config, model)), model))


@pytest.mark.scenario("discovery")
@outcomes(
    once_or_twice="the list is asked for once or twice",
    for_each_model="the list is asked for once or twice, and once for each model on it",
    more="the list is asked for more than twice, and not once for each model on it",
    never="the list is not asked for",
    boot_fails="the stack does not start",
)
async def test_requests_without_token(share, observed, config, key):
    """No token, nothing registered: what a server that wants no key gets during the start."""
    await list_is_open(share, config, key)
    run = await share(vllm(config))
    asked = [f"{request.method} {request.url}" for request in run.sent_at_boot]
    if run.failure:
        observed("boot-fails", run.failure)
        return
    models = len(run.answers_at_boot[0].json()["data"]) if asked else 0
    names = {0: "never", 1: "once-or-twice", 2: "once-or-twice"}
    names |= {models + 1: "for-each-model", models + 2: "for-each-model"}
    observed(names.get(len(asked), "more"), f"{len(asked)} for {models} models: {asked}")


@pytest.mark.scenario("discovery-wrong-key")
@outcomes(**STARTS)
async def test_start_without_token_refused(share, observed, config):
    """No token, a registered model, and a server that wants a key."""
    observed(*started(await share(vllm(config, LISTED)), LISTED))


@pytest.mark.scenario("discovery")
@outcomes(**STARTS)
async def test_openai_start_with_key(share, observed, config, key):
    """For comparison, `remote::openai` with a key and a registered model that is not listed."""
    observed(
        *started(await share(vllm(config, UNLISTED, kind="remote::openai", api_key=key)), UNLISTED)
    )


async def chat(in_front, config, **fields):
    """Chat with a caller's key past a made-up token: that key, the answer, what the server got."""
    front = await in_front(vllm(config, LISTED, **WRONG_TOKEN, **fields))
    key = front.data("openai")["passthrough_api_key"]
    answer = await front.gateway.chat("vllm/gpt-4o", data={"vllm_api_token": key}, limited=False)
    return key, answer, front.asked


@outcomes(
    callers="the server is asked with the caller's token",
    configs="the server is asked with the token of the config",
    another="the server is asked with another token, or none",
    **NOT_ASKED,
)
async def test_whose_token(in_front, observed, config):
    """A made-up token in the config, and a caller who sends `vllm_api_token`."""
    key, answer, chats = await chat(in_front, config)
    if not chats:
        observed(answer.trouble, answer)
        return
    names = {f"Bearer {key}": "callers", f"Bearer {WRONG_TOKEN['api_token']}": "configs"}
    observed(names.get(chats[0].headers.get("authorization"), "another"), answer)


ARRIVED = NOT_ASKED | {
    "unchanged": "the request arrives as the caller sent it",
    "limited": "the request arrives with `max_tokens: 4096` added, and nothing else changed",
    "changed": "the request arrives with another change",
}


async def arrived(in_front, config, **fields):
    """How a chat of nothing but a model and a message reaches the server, with the evidence."""
    _, answer, chats = await chat(in_front, config, **fields)
    if not chats:
        return answer.trouble, answer
    plain = {"model": "gpt-4o", "messages": [{"role": "user", "content": PROMPT}]}
    body, limited = chats[0].json, plain | {"max_tokens": 4096}
    outcome = "unchanged" if body == plain else "limited" if body == limited else "changed"
    return outcome, chats[0].content.decode()


@outcomes(**ARRIVED)
async def test_request(in_front, observed, config):
    """A chat of nothing but a model and a message."""
    observed(*await arrived(in_front, config))


@outcomes(**ARRIVED)
async def test_request_unlimited(in_front, observed, config):
    """The workaround: `max_tokens: 0` in the provider's config, and the same chat."""
    observed(*await arrived(in_front, config, max_tokens=0))

"""A model that is not in the catalogue is still forwarded if its prefix is a provider."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="unlisted-models",
    happens="any name after `<provider_id>/` is sent to that provider's vendor, registered or "
    "not; the catalogue only decides what is shown",
    why="registering only a small model, or a provider of its own for small models, limits "
    "nobody; with a key in the config every model of the vendor is on its bill",
    example="model: openai-mini/gpt-4o  # only openai-mini/gpt-4o-mini is registered",
    instead="limit models in front of the gateway, and refuse `extra_body` there; or with "
    "`remote::openai` and its `allowed_models`. Access rules (`server.auth.access_policy`) need a "
    "`provider_config` and do not hold for passthrough: `extra_body.model` names another model",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"forwarded", "another-model"}),
    claims=(
        Claim(
            says="Registered Resources: which models exist.",
            section="How `run.yaml` is structured, 2",
            check="call-same-vendor",
            confirmed=frozenset({"not-found", "refused"}),
            imprecise=frozenset({"forwarded"}),
            really="it is the list of models that are shown; any model of a vendor can be called",
        ),
    ),
    decided_by=("core.routers.inference:InferenceRouter._get_provider_by_fallback",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

# What a caller asks for.
NAMES = {
    "unknown-to-the-vendor": "{provider}/no-such-model",
    "unknown-provider": "nobody/gpt-4o",
    "bare-name": "gpt-4o",
    "providers-name": "{provider}",
}
UNSENT = {
    "server_error": "the caller gets a 500 or above, and the vendor is not asked",
    "answered": "the caller gets an answer without an error, and the vendor is not asked",
}
CALLS = {
    "forwarded": "the vendor is asked for the model",
    "another_model": "the vendor is asked for another model",
    "not_found": "the gateway answers 404 itself",
    "refused": "the gateway refuses with another 4xx, and the vendor is not asked",
} | UNSENT


async def called(gateway, model, data, sent):
    """Chat with a model that is not registered; return the outcome, and what was asked."""
    answer = await gateway.chat(model, data=data)
    chats = [request for request in sent if request.method == "POST"]  # some releases list first
    asked = {request.body["model"] for request in chats}
    own = "not-found" if answer.status == 404 else answer.trouble or "answered"
    arrived = "forwarded" if asked == {model.partition("/")[2] or model} else "another-model"
    return arrived if asked else own, f"{[*map(str, chats)]} {answer}"


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.scenario("unlisted-models")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@outcomes(**CALLS)
async def test_call(gateway, observed, provider_data, sent, route, name):
    """A chat with a model that nobody knows, of a known provider or of none."""
    model = name.format(provider=route.provider)
    observed(*await called(gateway, model, provider_data(route), sent))


@pytest.mark.scenario("unlisted-models")
@outcomes(**CALLS)
async def test_call_same_vendor(gateway, observed, provider_data, sent, route):
    """A chat with a model of the vendor that is registered for another provider alone."""
    model = f"{route.provider}/gpt-4o-mini"
    observed(*await called(gateway, model, provider_data(route), sent))


@pytest.mark.scenario("unlisted-models")
@outcomes(**CALLS)
async def test_call_small_models_provider(gateway, observed, provider_data, sent, routes_to):
    """A chat with a large model through the provider that registers a small one alone."""
    _, second = routes_to("openai")
    data = provider_data(second)
    observed(*await called(gateway, f"{second.provider}/gpt-4o", data, sent))


EMBEDDING = "text-embedding-3-small"
# Where callers ask, for what, and the model that the `extra_body` of a request names.
REQUESTS: dict[str, tuple[str, dict[str, object], str]] = {
    "chat": ("chat/completions", {"messages": [{"role": "user", "content": "Hello."}]}, "gpt-4o"),
    "completion": ("completions", {"prompt": "Say hello."}, "gpt-4o"),
    "embedding": ("embeddings", {"input": "Say hello."}, "text-embedding-3-large"),
}
REFUSED = UNSENT | {
    "refused": "the gateway refuses with a 4xx, and the vendor is not asked",
    "boot_fails": "the stack does not boot",
}
RULED = {"forwarded": "the vendor is asked for a model that the rules do not allow"} | REFUSED
ESCAPED = {
    "another_model": "the vendor is asked for a model that the rules do not allow",
    "the_allowed_model": "the vendor is asked for the model that the rules allow, and for no other",
} | REFUSED


def ruling(route):
    """Return access rules that allow a provider's own model and an embedding model of it."""
    allowed = (route.model, f"{route.provider}/{EMBEDDING}")
    return [{"permit": {"actions": ["read"], "resource": f"model::{name}"}} for name in allowed]


def escaped(front, answer, allowed):
    """Return the outcome for what the vendor was asked for, and the evidence."""
    asked = [request.json.get("model") for request in front.asked]
    outcome = "the-allowed-model" if {*asked} == {allowed} else "another-model"
    return outcome if asked else answer.trouble or "answered", f"{asked} {answer}"


@pytest.mark.needs("chat")
@outcomes(**RULED)
async def test_against_the_rules(in_front, identities, token_of, observed, config, routes_to):
    """The rules allow a caller one model, and another one is asked for."""
    large, small = routes_to("openai")
    front = await in_front(identities.asked_by(config, access_policy=ruling(small)))
    headers = token_of("alice")
    answer = await front.gateway.chat(large.model, data=front.data(large), headers=headers)
    observed("forwarded" if front.asked else answer.trouble or "answered", answer)


@pytest.mark.needs("chat")
@outcomes(**RULED)
async def test_against_rules_alone(in_front, observed, config, routes_to):
    """The same rules in a config whose `server.auth` has no `provider_config`."""
    large, small = routes_to("openai")
    rules = {"auth": {"access_policy": ruling(small)}}
    front = await in_front(config | {"server": config["server"] | rules})
    if front.failure:
        observed("boot-fails", front.failure)
        return
    answer = await front.gateway.chat(large.model, data=front.data(large))
    observed("forwarded" if front.asked else answer.trouble or "answered", answer)


@pytest.mark.needs("chat")
@pytest.mark.parametrize("kind", REQUESTS)
@outcomes(**ESCAPED)
async def test_past_the_rules(in_front, identities, token_of, observed, config, routes_to, kind):
    """The rules allow a caller one model, who asks for it with another one in `extra_body`."""
    _, small = routes_to("openai")
    ruled = identities.asked_by(config, access_policy=ruling(small))
    size = {"embedding_dimension": 1536}
    registered = configs.model(small.provider, EMBEDDING, model_type="embedding", metadata=size)
    ruled["registered_resources"]["models"].append(registered)
    front = await in_front(ruled)
    path, fields, other = REQUESTS[kind]
    model = f"{small.provider}/{EMBEDDING}" if kind == "embedding" else small.model
    body = {"model": model, "extra_body": {"model": other}} | fields
    asked = {"data": front.data(small), "headers": token_of("alice"), "body": body}
    answer = await front.gateway.request("POST", f"/v1/{path}", **asked)
    observed(*escaped(front, answer, model.partition("/")[2]))


@outcomes(**ESCAPED)
async def test_past_allowed_models(in_front, observed, config):
    """A `remote::openai` with `allowed_models`, asked for one with another in `extra_body`."""
    limited = {"base_url": "https://api.openai.com/v1", "allowed_models": ["gpt-4o-mini"]}
    entry = configs.provider("any", "remote::openai", **limited)
    front = await in_front(configs.inference(config, [entry]))
    if front.failure:
        observed("boot-fails", front.failure)
        return
    data = {"openai_api_key": front.data("openai")["passthrough_api_key"]}
    other = {"model": "gpt-4o"}
    answer = await front.gateway.chat("any/gpt-4o-mini", data=data, extra_body=other)
    observed(*escaped(front, answer, "gpt-4o-mini"))


@pytest.mark.for_config
@pytest.mark.for_server
@pytest.mark.without_auth
@outcomes(
    not_found="the gateway answers 404",
    found="the gateway describes the model",
    another_answer="the gateway answers without an error, and names another model or none",
    refused="the caller gets another 4xx",
    server_error="the caller gets a 500 or above",
)
async def test_look_up(gateway, observed, route):
    """`GET /v1/models/<provider>/no-such-model`: not registered, but can be called."""
    answer = await gateway.request("GET", f"/v1/models/{route.provider}/no-such-model")
    served = "found" if "no-such-model" in answer.text else "another-answer"
    observed("not-found" if answer.status == 404 else answer.trouble or served, answer)

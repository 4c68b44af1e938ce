"""A model that is not in the catalogue is forwarded all the same, if its prefix is a provider."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="unlisted-models",
    happens="any name after `<provider_id>/` is sent to that provider's vendor, registered or "
    "not; the catalogue only decides what is shown",
    why="registering only a small model, or a provider of its own for small models, limits "
    "nobody; with a key in the config every model of the vendor is on its bill",
    example="model: openai-mini/gpt-4o  # only openai-mini/gpt-4o-mini is registered",
    instead="limit models with access rules (`server.auth`), with `remote::openai` and its "
    "`allowed_models`, or in front of the gateway",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"forwarded"}),
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
CALLS = {
    "forwarded": "the vendor is asked for the model",
    "not_found": "the gateway answers 404 itself",
    "refused": "the gateway refuses with another status",
}


async def called(gateway, model, data, sent):
    """Chat with a model that is not registered; return the outcome, and what was asked."""
    answer = await gateway.chat(model, data=data)
    own = "not-found" if answer.status == 404 else "refused"
    asked = [f"{request.url} {request.body['model']}" for request in sent]
    return "forwarded" if asked else own, f"{asked} {answer}"


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


@pytest.mark.for_config
@pytest.mark.for_server
@pytest.mark.without_auth
@outcomes(
    not_found="the gateway answers 404",
    found="the gateway describes the model",
    another_status="the caller gets another status",
)
async def test_look_up(gateway, observed, route):
    """`GET /v1/models/<provider>/no-such-model`: not registered, but can be called."""
    answer = await gateway.request("GET", f"/v1/models/{route.provider}/no-such-model")
    observed({404: "not-found", 200: "found"}.get(answer.status, "another-status"), answer)

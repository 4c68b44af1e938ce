"""A model that is not in the catalogue is forwarded all the same, if its prefix is a provider."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes

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

# What a caller asks for: of the first provider of OpenAI's models, of the second, of no provider.
NAMES = {
    "same-vendor": "{first}/gpt-4o-mini",
    "small-models-provider": "{second}/gpt-4o",
    "unknown-to-the-vendor": "{first}/no-such-model",
    "unknown-provider": "nobody/gpt-4o",
    "bare-name": "gpt-4o",
    "providers-name": "{first}",
}


@pytest.mark.scenario("unlisted-models")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@outcomes(
    forwarded="the vendor is asked for the model",
    not_found="the gateway answers 404 itself",
    refused="the gateway refuses with another status",
)
async def test_call(gateway, observed, provider_data, sent, routes_to, name):
    """A chat with a model that is not registered."""
    first, second = routes_to("openai")
    model = name.format(first=first.provider, second=second.provider)
    answer = await gateway.chat(model, data=provider_data(first))
    own = "not-found" if answer.status == 404 else "refused"
    asked = [f"{request.url} {request.body['model']}" for request in sent]
    observed("forwarded" if asked else own, f"{asked} {answer}")


@pytest.mark.for_server
@pytest.mark.without_auth
@outcomes(
    not_found="the gateway answers 404",
    found="the gateway describes the model",
    another_status="the caller gets another status",
)
async def test_look_up(gateway, observed, route):
    """`GET /v1/models/<provider>/gpt-4o-mini`: not registered, but can be called."""
    answer = await gateway.request("GET", f"/v1/models/{route.provider}/gpt-4o-mini")
    observed({404: "not-found", 200: "found"}.get(answer.status, "another-status"), answer)

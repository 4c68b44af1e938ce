"""A caller who lists the models with a key has it sent to the vendor of every provider."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="key-to-every-vendor",
    happens="`GET /v1/models` with provider data sends the caller's one `passthrough_api_key` to "
    "the vendor of every `remote::passthrough` provider",
    why="a key for one vendor ends up in the logs of all the others, and the catalogue grows by "
    "every model of each vendor that accepts it",
    example='GET /v1/models\nX-LlamaStack-Provider-Data: {"passthrough_api_key": "…", …}',
    instead="list the models without the header; send it only with calls to a model",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.KEY}),
    bites=frozenset({"every-vendor", "more", "to-all", "to-the-caller"}),
    claims=(
        Claim(
            says="When a client calls `/v1/models`, only the models in `registered_resources` "
            "show up.",
            section="How `run.yaml` is structured, 2",
            check="catalogue",
            confirmed=frozenset({"registered-only"}),
            imprecise=frozenset({"more"}),
            really="without provider data it is so; with it the models of each vendor that takes "
            "the key are added, for this caller",
        ),
    ),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable._get_dynamic_models_from_provider_data",
        "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter.list_models",
    ),
)

pytestmark = pytest.mark.needs("remote::passthrough", "chat")


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("catalogue-with-key")
@outcomes(
    no_vendor="no request leaves",
    its_vendor="the key reaches the vendor it is for, and no other",
    every_vendor="the key reaches vendors it is not for",
)
async def test_listing(gateway, observed, made_up_data, route, sent):
    """A caller lists the models with a key of OpenAI's form."""
    data = made_up_data(route)
    await gateway.models(data=data)
    got = [r.url for r in sent if data[route.key_field] in r.headers.get("authorization", "")]
    others = [url for url in got if not url.startswith(data["passthrough_url"])]
    observed("every-vendor" if others else "its-vendor" if got else "no-vendor", got)


@pytest.mark.scenario("discovery")
@outcomes(
    registered_only="the caller is shown the registered models and no others",
    more="the caller is shown models that are not registered",
    fewer="the caller is not shown all registered models",
)
async def test_catalogue(share, observed, config, provider_data, route):
    """A caller lists the models of one vendor's providers with a key for it, and without."""
    run = await share(configs.only(config, route.base_url))
    plain = await run.gateway.model_ids()
    ids = await run.gateway.model_ids(data=provider_data(route))
    more = [name for name in ids if name not in plain]
    observed(
        "more" if more else "registered-only" if set(plain) == set(ids) else "fewer",
        f"{len(plain)} registered, {len(more)} more: {more}",
    )


ONLY_INSIDE = "model-of-a-service-inside"


@outcomes(
    to_all="another caller, without such a URL, is shown the service's models",
    to_the_caller="the caller is shown the service's models, and another one is not",
    to_nobody="the service is asked, and nobody is shown its models",
    not_asked="the service is not asked",
)
async def test_models_of_the_url(in_front, server, observed, config):
    """A provider has no `base_url`; a caller names one where a service answers as vendors do."""
    server.answers(200, {"object": "list", "data": [{"id": ONLY_INSIDE, "object": "model"}]})
    front = await in_front(configs.inference(config, [configs.provider("any")]))
    data = {"passthrough_url": server.url, "passthrough_api_key": "callers-own"}
    own = await front.gateway.models(data=data)
    other = await front.gateway.models()
    told = "to-the-caller" if ONLY_INSIDE in own.text else "to-nobody"
    told = "to-all" if ONLY_INSIDE in other.text else told
    observed(told if server.requests else "not-asked", f"{own} | another caller: {other}")

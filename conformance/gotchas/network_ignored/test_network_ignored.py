"""A passthrough provider takes a `network` section, and then does as if there was none."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="network-ignored",
    happens="a passthrough provider's `network` section is validated and shown, but has no "
    "effect: no timeout, header or proxy",
    why="the gateway gives a silent vendor the ten minutes of its SDK, three times, and requests "
    "that should leave through a proxy do not",
    example="config: {base_url: …, network: {proxy: {url: http://proxy:3128}}}",
    instead="for a proxy, start the server with `HTTPS_PROXY` and `NO_PROXY`, for a company's "
    "certificates with `SSL_CERT_FILE` (`server-environment`); for the rest, point `base_url` to a "
    "proxy beside the gateway that has these settings; `remote::openai` obeys them, from 0.5.0 on",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"ignored"}),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
        "providers.utils.inference.model_registry:NetworkConfig",
        "providers.utils.inference.http_client:_build_network_client_kwargs",
    ),
)

KINDS = {"passthrough": (configs.PASSTHROUGH, ""), "openai": ("remote::openai", "/v1")}
SECONDS, FIELD, VALUE = 7, "x-team", "ours"
NETWORK = {"timeout": SECONDS, "headers": {FIELD: VALUE}}
RESULTS = {
    "obeyed": "the vendor's request is made so",
    "ignored": "the vendor's request is made as without it",
    "not_sent": "the vendor is not asked",
    "boot_fails": "the stack does not boot",
}


async def chat(share, config, sent, key, kind):
    """Chat through a provider with a `network` section; return the request that left, if one did.

    Returns the outcome too, where there is no request to look at, and the evidence.
    """
    provider_type, root = KINDS[kind]
    url = f"https://api.openai.com{root}"
    provider = configs.provider(kind, provider_type, base_url=url, network=NETWORK)
    run = await share(configs.inference(config, [provider]))
    if run.failure is not None:
        return None, "boot-fails", run.failure
    data = {"passthrough_url": url, "passthrough_api_key": key, "openai_api_key": key}
    answer = await run.gateway.chat(f"{kind}/gpt-4o", data=data)
    chats = [request for request in sent if request.url.endswith("/chat/completions")]
    return (chats[-1] if chats else None), "not-sent", answer


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("kind", KINDS)
@outcomes(**RESULTS)
async def test_timeout(share, observed, config, sent, key, kind):
    """`network.timeout: 7`; the SDK inside the stack tells the vendor how long it waits."""
    request, outcome, evidence = await chat(share, config, sent, key, kind)
    if request is not None:
        evidence = request.headers.get("x-stainless-read-timeout")
        if evidence is None:
            raise CouldNotObserveError("the SDK inside the stack does not tell how long it waits")
        outcome = "obeyed" if float(evidence) == SECONDS else "ignored"
    observed(outcome, evidence)


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(
    ten_minutes="it says that it waits 600 seconds",
    another_time="it says that it waits for another time",
    not_said="it does not say for how long it waits",
)
async def test_usual_timeout(loopback, observed, route):
    """A chat without such a section; what the SDK inside the stack tells the vendor of its wait."""
    await loopback.gateway.chat(route.model, data=loopback.data(route))
    said = [request.headers.get("x-stainless-read-timeout") for request in loopback.received]
    limit = float(said[0] or 0)
    observed("not-said" if not limit else "ten-minutes" if limit == 600 else "another-time", said)


@pytest.mark.scenario("discovery")
@pytest.mark.parametrize("kind", KINDS)
@outcomes(**RESULTS)
async def test_headers(share, observed, config, sent, key, kind):
    """`network.headers: {x-team: ours}`."""
    request, outcome, evidence = await chat(share, config, sent, key, kind)
    if request is not None:
        outcome = "obeyed" if request.headers.get(FIELD) == VALUE else "ignored"
        evidence = sorted(request.headers)
    observed(outcome, evidence)


@pytest.mark.needs("remote::passthrough", "chat")
@outcomes(**RESULTS)
async def test_proxy(loopback, boots, observed, config, home):
    """`network.proxy.url`: one stand-in is the vendor, another one is the proxy."""
    data, proxy = loopback.data("openai"), loopback.data("anthropic")["passthrough_url"]
    there = {"base_url": data["passthrough_url"], "network": {"proxy": {"url": proxy}}}
    async with boots.fresh(
        configs.inference(config, [configs.provider("any", **there)]), home
    ) as run:
        if run.failure is not None:
            observed("boot-fails", run.failure)
            return
        answer = await run.gateway.chat("any/gpt-4o", data=data)
    asked = {request.upstream for request in loopback.received}
    outcome = "obeyed" if "anthropic" in asked else "ignored"
    observed(outcome if asked else "not-sent", f"{sorted(asked)} {answer}")

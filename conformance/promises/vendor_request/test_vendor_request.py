"""A chat goes to `<base_url>/v1/chat/completions`, under the vendor's own name of the model."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="vendor-request",
    requires="The gateway MUST ask `<base_url>/v1/chat/completions`, and MUST name the model as "
    "the vendor does, without the provider's id.",
    instead="write `base_url` without the `/v1`; it is appended",
    documented="seed: The Big Decision: the `remote::passthrough` solution",
    bites=frozenset(
        {"elsewhere", "several", "undocumented-path", "full-identifier", "other-name", "not-sent"}
    ),
    claims=(
        Claim(
            says="Gemini exposes an OpenAI-compatible endpoint: "
            "`https://generativelanguage.googleapis.com/v1beta/openai`.",
            section="The Big Decision: the `remote::passthrough` solution",
            check="url-gemini",
            confirmed=frozenset({"documented-path"}),
            imprecise=frozenset({"undocumented-path"}),
            really="as `base_url` this makes the gateway ask `…/openai/v1/chat/completions`; "
            "Google documents `…/openai/chat/completions`, and public reports of the longer "
            "path contradict each other",
        ),
        Claim(
            says="The providers `openai` and `openai-mini` lead to api.openai.com, `gemini` to "
            "generativelanguage.googleapis.com, `anthropic` to api.anthropic.com.",
            section="The Architecture",
            check="url-openai",
            confirmed=frozenset({"documented-path"}),
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

# Where each vendor documents chat.
ROOTS = {"openai": "/v1", "gemini": "/v1beta/openai", "anthropic": "/v1"}


@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    documented_path="the request goes to the path the vendor documents",
    undocumented_path="the request goes to that path with one more `/v1`, which is not documented",
    elsewhere="the request goes to another path, or to another vendor",
    several="more than one request leaves the gateway",
    not_sent="no request leaves the gateway",
)
async def test_url(loopback, observed, route):
    """One plain chat; where it goes. The config has each vendor's root without a final `/v1`."""
    await loopback.gateway.chat(route.model, data=loopback.data(route))
    asked = [(request.upstream, request.path) for request in loopback.asked]
    vendor, root = route.dialect, ROOTS[route.dialect]
    known = {
        (vendor, f"{root}/chat/completions"): "documented-path",
        (vendor, f"{root}/v1/chat/completions"): "undocumented-path",
    }
    seen = [known.get(place, "elsewhere") for place in asked] or ["not-sent"]
    observed(seen[0] if len(seen) == 1 else "several", asked)


@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(
    vendors_name="the request names the model without the provider's id",
    full_identifier="the request names the model with the provider's id",
    other_name="a request names another model",
    not_sent="no request leaves the gateway",
)
async def test_model_name(loopback, observed, route):
    """One plain chat; the model that the vendor is asked for."""
    await loopback.gateway.chat(route.model, data=loopback.data(route))
    names = {request.model for request in loopback.asked}
    known = {route.model: "full-identifier", route.vendor_model: "vendors-name"}
    outcome = known.get(min(names, default=""), "other-name") if len(names) == 1 else "other-name"
    observed(outcome if names else "not-sent", sorted(names))

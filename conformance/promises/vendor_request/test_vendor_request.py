"""A chat goes to `<base_url>/v1/chat/completions`, under the vendor's own name of the model."""

import pytest

from conformance.core.model import Claim, Promise, outcomes

PROMISE = Promise(
    slug="vendor-request",
    requires="The gateway MUST ask `<base_url>/v1/chat/completions`, and MUST name the model as "
    "the vendor does, without the provider's id.",
    instead="write `base_url` without the `/v1`; it is appended",
    documented="seed: The Big Decision: the `remote::passthrough` solution",
    bites=frozenset({"elsewhere", "undocumented-path", "full-identifier", "not-sent"}),
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

# Each model, and where its vendor documents chat.
VENDORS = {
    "openai": ("openai/gpt-4o", "/v1"),
    "openai-mini": ("openai-mini/gpt-4o-mini", "/v1"),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta/openai"),
    "anthropic": ("anthropic/claude-sonnet-4-5", "/v1"),
}


@pytest.mark.parametrize(("model", "root"), VENDORS.values(), ids=VENDORS)
@outcomes(
    documented_path="the request goes to the path the vendor documents",
    undocumented_path="the request goes to that path with one more `/v1`, which is not documented",
    elsewhere="the request goes to another path, or to another vendor",
    not_sent="no request, or more than one, leaves the gateway",
)
async def test_url(loopback, observed, model, root):
    """One plain chat; where it goes. The config has each vendor's root without a final `/v1`."""
    await loopback.gateway.chat(model, data=loopback.data(model))
    asked = [(request.upstream, request.path) for request in loopback.received]
    vendor = model.partition("/")[0].partition("-")[0]
    known = {
        (vendor, f"{root}/chat/completions"): "documented-path",
        (vendor, f"{root}/v1/chat/completions"): "undocumented-path",
    }
    observed(known.get(asked[0], "elsewhere") if len(asked) == 1 else "not-sent", asked)


@pytest.mark.parametrize("model", [model for model, _ in VENDORS.values()], ids=VENDORS)
@outcomes(
    vendors_name="the request names the model without the provider's id",
    full_identifier="the request names the model with the provider's id",
    other_name="the request names another model",
    not_sent="no request leaves the gateway",
)
async def test_model_name(loopback, observed, model):
    """One plain chat; the model that the vendor is asked for."""
    await loopback.gateway.chat(model, data=loopback.data(model))
    names = [request.model for request in loopback.received]
    known = {model: "full-identifier", model.partition("/")[2]: "vendors-name"}
    observed(known.get(names[0], "other-name") if names else "not-sent", names)

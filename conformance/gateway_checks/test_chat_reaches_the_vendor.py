"""A caller's chat reaches the vendor of the model, and the vendor's answer the caller."""

import pytest

from conformance.model import Promise, outcomes

PROMISE = Promise(
    slug="chat",
    requires="The gateway MUST forward a chat to the vendor of the named model and return its "
    "answer unchanged but for the model's name.",
    instead="compare `base_url` and the registered models with the vendor's documentation",
    documented="seed: What is this project?; Codebase",
    bites=frozenset({"changed", "refused"}),
)

MODELS = {
    "openai": "openai/gpt-4o",
    "openai-mini": "openai-mini/gpt-4o-mini",
    "gemini": "gemini/gemini-2.5-flash",
    "anthropic": "anthropic/claude-sonnet-4-5",
}


@pytest.mark.scenario("chat")
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@outcomes(
    answered="the caller gets the words the vendor sent",
    changed="the caller gets other words than the vendor sent",
    refused="the caller gets an error",
)
async def test_plain(gateway, observed, provider_data, model):
    """One plain chat."""
    answer = await gateway.chat(model, data=provider_data(model))
    words = answer.content()
    if answer.status != 200:
        observed("refused", answer)
    observed("answered" if "stand-in" in words else "changed", answer)

"""A model outside the config is answered or fails oddly, depending on provider and registry."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs
from conformance.stack.configs import Restart

GOTCHA = Gotcha(
    slug="stale-calls",
    happens="a model removed from the config is still served while its provider is there, even "
    "after the registry was deleted",
    why="removing a model from the config does not take it out of service; without its provider "
    "a caller gets a 400 that blames the routing table, and only a deleted registry makes it a "
    "404",
    example="remove a model from registered_resources, restart, and call it",
    instead="delete the registry's file to get the right errors; to withdraw a model, remove its "
    "provider or forbid it at the vendor",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.MONEY}),
    bites=frozenset({"answered", "unlisted-answered", "rejected-400", "server-error"}),
    decided_by=(
        "core.routing_tables.models:ModelsRoutingTable.get_provider_impl",
        "core.routers.inference:InferenceRouter._get_model_provider",
        "core.routers.inference:InferenceRouter._get_provider_by_fallback",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

KEPT, LEAVING = (
    configs.provider(name, base_url="https://api.openai.com") for name in ("kept", "leaving")
)
LISTED = configs.model("kept", "gpt-4o-mini")
CALLED = {
    "answered": "the vendor's answer",
    "unlisted_answered": "the vendor's answer, though the model is not in the list",
    "not_found_404": "a 404",
    "rejected_400": "a 400",
    "refused": "another 4xx",
    "server_error": "a 500 or above",
    "boot_fails": "nothing: the second start fails",
}
CALLS = {
    "stale-model": (KEPT, ""),
    "model-of-removed-provider": (LEAVING, ""),
    "forgotten-model": (KEPT, "kvstore.db*"),
    "forgotten-model-of-removed-provider": (LEAVING, "kvstore.db*"),
}


@pytest.mark.scenario("chat")
@pytest.mark.parametrize(("provider", "lost"), CALLS.values(), ids=CALLS)
@outcomes(**{name: f"the caller gets {what}" for name, what in CALLED.items()})
async def test_call(share, observed, config, provider_data, provider, lost):
    """A chat with a model that has left the config, with its registry kept or deleted."""
    providers = [KEPT] if provider is KEPT else [KEPT, LEAVING]
    leaving = configs.model(provider["provider_id"], "gpt-4o")
    first = configs.inference(config, providers, [leaving, LISTED])
    run = await share(Restart(first, configs.inference(config, [KEPT], [LISTED]), lost))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    stale = f"{provider['provider_id']}/gpt-4o"
    listed = await run.gateway.model_ids()
    answer = await run.gateway.chat(stale, data=provider_data("openai"))
    answered = "answered" if stale in listed else "unlisted-answered"
    known = {400: "rejected-400", 404: "not-found-404"}
    outcome = known.get(answer.status, answer.trouble or answered)
    observed(outcome, f"listed {listed}; {answer}")

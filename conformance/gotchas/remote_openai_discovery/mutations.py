"""Mutations for the checks of `remote-openai-discovery`."""

from conformance.stack.mutations import flips

MIXIN = "providers.utils.inference.openai_mixin:OpenAIMixin"
TABLE = "core.routing_tables.models:ModelsRoutingTable"


@flips(
    {
        "remote-openai-discovery/requests-nothing-registered": "no-request",
        "remote-openai-discovery/catalogue": "nothing",
        "allowed-models/discovery": "nothing",
        "duplicate-models/neither-replaces-the-other": "registered-only",
    }
)
def remote_openai_discovers_nothing(patch, stack):
    """No vendor is asked for its models while the stack starts."""

    async def refresh(_):
        return None

    patch.setattr(stack(TABLE), "refresh", refresh)


@flips(
    {
        "remote-openai-discovery/requests-without-key": "several-requests",
        "remote-openai-keyless/chat-without-any-key": "served-with-another-key",
        "remote-openai-keyless/catalogue-without-any-key": "vendors-models",
        "stale-discovery/registry-deleted": "kept",
    }
)
def a_made_up_key_is_used(patch, stack):
    """Without a key the vendor is asked with a made-up one."""
    patch.setattr(stack(MIXIN), "get_api_key", lambda _: "none")

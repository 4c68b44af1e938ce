"""Mutations for the checks of `keyless-boot`."""

from conformance.stack.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips({"keyless-boot/boots": "boot-fails"})
def passthrough_needs_a_key_to_start(patch, stack):
    """A passthrough provider without a key of its own does not start."""

    async def initialize(self):
        if self.config.auth_credential is None:
            raise ValueError("no key")

    patch.setattr(stack(ADAPTER), "initialize", initialize)


@flips({"keyless-boot/asks-nobody-while-booting": "asks-vendors"})
def vendors_are_asked_without_a_key(patch, stack):
    """Without a caller's key the vendors are asked with a made-up one."""
    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", lambda _self: "made-up")


@flips({"keyless-boot/boots-quietly": "quiet"})
def passthrough_lists_nothing(patch, stack):
    """A passthrough provider has no models of its own to list."""

    async def list_models(_self):
        return None

    patch.setattr(stack(ADAPTER), "list_models", list_models)

"""Mutations for the checks of `isolation`."""

from conformance.stack.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips({"isolation/few": "key-mixed-up", "isolation/many": "key-mixed-up"})
def a_key_is_kept_for_the_next_caller(patch, stack):
    """Each request is sent with the key of the one before it."""
    original = stack(ADAPTER)._get_passthrough_api_key
    kept = []

    def get(self):
        kept.append(original(self))
        return kept[-2:][0]

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)

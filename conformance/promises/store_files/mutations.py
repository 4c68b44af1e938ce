"""Mutations for the checks of `store-files`."""

from pathlib import Path

from conformance.stack.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips({"store-files/after-boot": "others-too", "store-files/after-traffic": "others-too"})
def providers_leave_a_file(patch, stack):
    """A provider writes into the working directory."""
    original = stack(ADAPTER).__init__

    def init(self, config):
        original(self, config)
        Path("left-behind").touch()

    patch.setattr(stack(ADAPTER), "__init__", init)

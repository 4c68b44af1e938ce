"""Mutations for the checks of `callers-url`."""

from conformance.stack.mutations import flips, make_optional

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips(
    {
        "callers-url/base-url-beats-passthrough-url": "to-the-callers-url",
        "callers-url/key-alone": "sent-elsewhere",
    }
)
def callers_url_comes_first(patch, stack):
    """The URL in the header, or a default, is asked instead of the config's."""
    default = "https://api.anthropic.com"
    make_optional(patch, stack, passthrough_url=(str, default))

    def get(self):
        return self.get_request_provider_data().passthrough_url

    patch.setattr(stack(ADAPTER), "_get_passthrough_url", get)


@flips({"callers-url/both": "rejected-400"})
def base_url_is_required(patch, stack):
    """A provider without `base_url` refuses to serve."""

    def get(self):
        if self.config.base_url is None:
            raise ValueError("base_url is not configured")
        return str(self.config.base_url)

    patch.setattr(stack(ADAPTER), "_get_passthrough_url", get)

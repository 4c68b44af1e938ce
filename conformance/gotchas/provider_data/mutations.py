"""Mutations for the checks of `provider-data`."""

from conformance.stack.mutations import flips, make_optional

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
HEADERS = "core.request_headers:"


@flips(
    {
        "provider-data/key-alone": "forwarded",
        "provider-data/key-alone-streamed": "forwarded",
        "provider-data-message/following-its-advice": "answered",
        "provider-data-message/message-misleads-key-alone": "no-error",
        "provider-data-message/message-names-the-missing-field-key-alone": "no-error",
        "provider-data-message/log-names-the-missing-field-key-alone": "silent",
    }
)
def url_is_optional(patch, stack):
    """The validator requires no URL."""
    make_optional(patch, stack, passthrough_url=(str, ""))


@flips(
    {
        "provider-data/url-alone": "refused",
        "provider-data/header-absent": "refused",
        "provider-data-message/message-misleads-url-alone": "asks-for-nothing",
        "provider-data-message/message-names-the-missing-field-url-alone": "names-no-field",
    }
)
def missing_key_is_not_explained(patch, stack):
    """Without a key the request is refused, and that is all."""
    original = stack(ADAPTER)._get_passthrough_api_key

    def get(self):
        try:
            return original(self)
        except ValueError as error:
            raise ValueError("refused") from error

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)


@flips({"provider-data/both": "rejected-400"})
def provider_data_is_not_read(patch, stack):
    """The header is ignored."""
    patch.setattr(
        stack(HEADERS + "NeedsRequestProviderData"), "get_request_provider_data", lambda _s: None
    )

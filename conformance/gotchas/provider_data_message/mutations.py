"""Mutations for the checks of `provider-data-message`."""

from conformance.stack.mutations import flips

HEADERS = "core.request_headers:"


@flips({"provider-data-message/log-names-the-missing-field-url-alone": "silent"})
def broken_provider_data_is_not_logged(patch, stack):
    """What is wrong with the header is logged nowhere."""
    patch.setattr(stack(HEADERS + "log"), "error", lambda *_a, **_k: None)

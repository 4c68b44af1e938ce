"""Mutations for the checks of `key-in-log`."""

from conformance.stack.mutations import flips


@flips(
    {
        "key-in-log/key-alone": "nothing",
        "key-in-log/short-key-alone": "nothing",
        "key-in-log/misspelt-field": "nothing",
    }
)
def provider_data_is_not_logged(patch, stack):
    """What is wrong with the header is logged without what is in it."""
    logger = stack("core.request_headers:log")
    patch.setattr(logger, "error", lambda *_args, **_options: logger.warning("bad provider data"))

"""Mutations for the checks of `provider-data`."""

from conformance.stack.altered_answers import alter
from conformance.stack.mutations import find_no_model, flips, make_optional, statuses

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


async def no_models(_):
    """List nothing, and ask nobody for it."""
    return []


@flips(
    {
        "provider-data/url-alone": "another-key",
        "provider-data/header-absent": "another-key",
    }
)
def a_key_is_made_up(patch, stack):
    """Without a caller's key the vendor is asked with another one, for chats alone."""
    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", lambda _: "none")
    patch.setattr(stack(ADAPTER), "list_models", no_models)


@flips(
    {
        "provider-data/url-alone": "forwarded",
        "provider-data/header-absent": "forwarded",
    }
)
def no_key_is_sent(patch, stack):
    """The vendor is asked without a key, for chats alone."""
    module = stack(ADAPTER.partition(":")[0])
    original = module.AsyncOpenAI

    def made(*, api_key, **options):
        return original(api_key=api_key, default_headers={"Authorization": ""}, **options)

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", lambda _: "none")
    patch.setattr(stack(ADAPTER), "list_models", no_models)
    patch.setattr(module, "AsyncOpenAI", made)


@flips(
    {
        "provider-data/both": "answered",
        "provider-data/key-alone": "answered",
        "provider-data/key-alone-streamed": "answered",
        "provider-data/url-alone": "answered",
        "provider-data/header-absent": "answered",
    }
)
def chats_are_answered_here(patch, stack):
    """Every answer has the status 200, and what it holds is no error."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)
    alter(patch, stack, lambda _: "{}")


@flips(
    {
        "provider-data/both": "refused",
        "provider-data/key-alone": "refused",
        "provider-data/key-alone-streamed": "refused",
    }
)
def chats_are_forbidden(patch, stack):
    """Every answer has the status 403, and no chat is sent."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 403)


@flips(
    {
        "provider-data/both": "ok-with-error-event",
        "provider-data/key-alone-streamed": "ok-with-error-event",
    }
)
def errors_are_events(patch, stack):
    """An error is an event of a stream with the status 200."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)
    alter(patch, stack, lambda _: 'data: {"error": {"message": "no"}}\n\n')


@flips({"provider-data/both": "rejected-400"})
def provider_data_is_not_read(patch, stack):
    """The header is ignored."""
    patch.setattr(
        stack(HEADERS + "NeedsRequestProviderData"), "get_request_provider_data", lambda _s: None
    )

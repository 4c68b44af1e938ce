"""Mutations for the checks of the provider-data header: its fields, its form, its messages."""

from pydantic import Field, create_model

from tests.mutations import flips

VALIDATOR = "providers.remote.inference.passthrough:PassthroughProviderDataValidator"
ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
HEADERS = "core.request_headers:"


def make_optional(patch, stack, **fields):
    """Give fields of the validator a default."""
    validator = stack(VALIDATOR)
    changed = create_model("Changed", __base__=validator, **fields)
    patch.setattr(stack(VALIDATOR.partition(":")[0]), validator.__name__, changed)


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


@flips({"provider-data-message/log-names-the-missing-field-url-alone": "silent"})
def broken_provider_data_is_not_logged(patch, stack):
    """What is wrong with the header is logged nowhere."""
    patch.setattr(stack(HEADERS + "log"), "error", lambda *_a, **_k: None)


@flips({"provider-data/both": "rejected-400"})
def provider_data_is_not_read(patch, stack):
    """The header is ignored."""
    patch.setattr(
        stack(HEADERS + "NeedsRequestProviderData"), "get_request_provider_data", lambda _s: None
    )


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


@flips(
    {
        "provider-data-form/no-object-array": "rejected-400",
        "provider-data-form/no-object-string": "rejected-400",
        "provider-data-form/no-object-number": "rejected-400",
        "provider-data-form/no-object-when-listing-models-array": "listed",
        "provider-data-form/no-object-when-listing-models-number": "listed",
    }
)
def what_is_no_object_is_dropped(patch, stack):
    """A header that is no JSON object counts as no header."""
    module = stack(HEADERS.rstrip(":"))
    original = module.parse_request_provider_data

    def parse(headers):
        data = original(headers)
        return data if isinstance(data, dict) else None

    patch.setattr(module, "parse_request_provider_data", parse)


@flips(
    {
        "provider-data-form/no-object-null": "server-error",
        "provider-data-form/no-object-not-json": "server-error",
        "provider-data-form/no-object-empty": "server-error",
        "provider-data-form/object-empty-object": "server-error",
    }
)
def provider_data_must_have_fields(patch, stack):
    """A header without any field breaks the request."""
    module = stack(HEADERS.rstrip(":"))
    original = module.parse_request_provider_data

    def parse(headers):
        data = original(headers)
        if not data:
            raise KeyError("passthrough_api_key")
        return data

    patch.setattr(module, "parse_request_provider_data", parse)


@flips(
    {
        "provider-data-form/empty-key": "rejected-400",
        "provider-data-form/object-empty-url": "rejected-400",
    }
)
def empty_fields_are_refused(patch, stack):
    """An empty text is no value."""
    some = (str, Field(min_length=1))
    make_optional(patch, stack, passthrough_url=some, passthrough_api_key=some)


@flips({"provider-data-form/object-unknown-fields": "rejected-400"})
def unknown_fields_are_refused(patch, stack):
    """The validator takes no other field than its two."""
    module, _, name = VALIDATOR.partition(":")
    original = stack(VALIDATOR)
    strict = type(original)(name, (original,), {}, extra="forbid")
    patch.setattr(stack(module), name, strict)


@flips(
    {
        "provider-data-form/header-in-case-lower": "rejected-400",
        "provider-data-form/header-in-case-upper": "rejected-400",
    }
)
def header_names_are_case_sensitive(patch, stack):
    """The header is looked for under its documented spelling only, which ASGI never delivers."""
    module = stack(HEADERS.rstrip(":"))
    original = module.parse_request_provider_data
    patch.setattr(
        module,
        "parse_request_provider_data",
        lambda headers: original({n: v for n, v in headers.items() if n != n.lower()}),
    )

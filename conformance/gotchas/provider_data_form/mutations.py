"""Mutations for the checks of `provider-data-form`."""

from conformance.stack.mutations import find_no_model, flips, make_optional, statuses

VALIDATOR = "providers.remote.inference.passthrough:PassthroughProviderDataValidator"
HEADERS = "core.request_headers:"


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
    from pydantic import Field

    some = (str, Field(min_length=1))
    make_optional(patch, stack, passthrough_url=some, passthrough_api_key=some)


NO_CHAT = (
    *("provider-data-form/object-empty-object", "provider-data-form/no-object-array"),
    *("provider-data-form/empty-key", "provider-data-form/header-in-case-lower"),
)
LISTINGS = (
    "provider-data-form/no-object-when-listing-models-array",
    "provider-data-form/no-object-when-listing-models-number",
)


@flips(dict.fromkeys(NO_CHAT, "refused") | dict.fromkeys(LISTINGS, "refused"))
def no_caller_is_allowed(patch, stack):
    """No chat is sent, and every answer has the status 403."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 403)


@flips(dict.fromkeys(NO_CHAT, "answered"))
def no_caller_is_told(patch, stack):
    """No chat is sent, and every answer has the status 200."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)


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
        "provider-data-form/older-header": "rejected-400",
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

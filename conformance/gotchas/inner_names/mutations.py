"""Mutations for the checks of `inner-names`."""

from conformance.stack.mutations import each, flips, statuses

HEADERS = "core.request_headers"
NAME = "__authenticated_user"
FORMS = "text", "object", "null"


@flips(
    {
        **each("inner-names/listing", "ignored", ("text", "object")),
        **each("inner-names/chat", "ignored", ("text", "object")),
    }
)
def the_field_is_dropped(patch, stack):
    """Provider data loses the field when it is read."""
    module = stack(HEADERS)
    original = module.parse_request_provider_data

    def parse(headers):
        found = original(headers)
        return found and {name: value for name, value in found.items() if name != NAME}

    patch.setattr(module, "parse_request_provider_data", parse)


@flips(
    {
        "inner-names/listing-null": "server-error",
        "inner-names/chat-null": "server-error",
        "inner-names/listing-with-auth": "server-error",
    }
)
def the_field_is_fatal(patch, stack):
    """Whatever the field holds is taken for the user."""
    context = stack(f"{HEADERS}:RequestProviderDataContext")
    original = context.__init__

    def init(self, provider_data=None, user=None):
        original(self, provider_data, user)
        if NAME in (provider_data or {}):
            self.provider_data[NAME] = "nobody"

    patch.setattr(context, "__init__", init)


SERVED = (
    *(f"inner-names/{check}-{form}" for check in ("listing", "chat") for form in FORMS),
    "inner-names/listing-with-auth",
)


@flips(dict.fromkeys(SERVED, "refused"))
def everybody_is_forbidden(patch, stack):
    """Every answer has the status 403."""
    statuses(patch, stack, lambda _: 403)


@flips(dict.fromkeys(SERVED, "rejected-400"))
def every_request_is_bad(patch, stack):
    """Every answer has the status 400."""
    statuses(patch, stack, lambda _: 400)


@flips(each("inner-names/identity", "no-identity", FORMS))
def the_field_takes_the_identity(patch, stack):
    """A caller who sends the field is one whom nobody knows."""
    context = stack(f"{HEADERS}:RequestProviderDataContext")
    user = stack("core.datatypes:User")
    original = context.__init__

    def init(self, provider_data=None, sender=None):
        nobody = user(principal="nobody", attributes={"roles": ["none"], "teams": ["none"]})
        original(self, provider_data, nobody if NAME in (provider_data or {}) else sender)

    patch.setattr(context, "__init__", init)


@flips(each("inner-names/identity", "taken-over", FORMS))
def the_field_names_the_user(patch, stack):
    """A caller who sends the field is taken for carol."""
    context = stack(f"{HEADERS}:RequestProviderDataContext")
    user = stack("core.datatypes:User")
    original = context.__init__

    def init(self, provider_data=None, sender=None):
        carol = user(principal="carol", attributes={"roles": ["guest"], "teams": ["green"]})
        original(self, provider_data, carol if NAME in (provider_data or {}) else sender)

    patch.setattr(context, "__init__", init)

"""Mutations for the checks of `forward-headers`."""

from conformance.stack.mutations import PASSTHROUGH, before_parsing, each, flips

BLOCKED = (
    *("host", "cookie", "forwarded-for", "in-lower-case", "another-credential"),
    "inner-field",
)


CONFIGS_KEY = "sk-proj-standin-of-the-config"


def sections(config):
    """Yield `forward_headers` of each inference provider that has it."""
    for entry in config["providers"]["inference"]:
        if named := entry["config"].get("forward_headers"):
            yield named


def told(patch, stack, change):
    """Let the provider know its section: `change(client, fields, section)` returns its client."""
    kept: dict[str, str] = {}
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter._get_openai_client
    data = stack("core.request_headers:PROVIDER_DATA_VAR")
    before_parsing(patch, stack, lambda config: kept.update(*sections(config)))

    def client(self):
        return change(original(self), data.get() or {}, kept)

    patch.setattr(adapter, "_get_openai_client", client)


@flips(
    {
        **each("forward-headers/value", "forwarded", ("text", "number", "line-break")),
        "forward-headers/value-list": "python-source",
        **each("forward-headers/authorization", "forwarded", ("callers-key", "configs-key")),
    }
)
def fields_are_forwarded(patch, stack):
    """The section is obeyed: control characters are taken out, and any value becomes text."""

    def forwarded(client, fields, section):
        texts = {name: str(fields[key]) for key, name in section.items() if key in fields}
        headers = {n: "".join(c for c in text if c >= " ") for n, text in texts.items()}
        return client.copy(default_headers=headers)

    told(patch, stack, forwarded)


@flips(each("forward-headers/value", "altered", ("text", "number", "list", "line-break")))
def values_are_kept_back(patch, stack):
    """The vendor is sent asterisks for every value."""

    def masked(client, _fields, section):
        return client.copy(default_headers=dict.fromkeys(section.values(), "***"))

    told(patch, stack, masked)


@flips(each("forward-headers/authorization", "several", ("callers-key", "configs-key")))
def a_forwarded_header_stands_beside_the_keys(patch, stack):
    """The vendor is sent the header in lower case too, as another one than the SDK's own."""

    def beside(client, fields, section):
        headers = {name.lower(): fields[key] for key, name in section.items() if key in fields}
        return client.copy(default_headers=headers)

    told(patch, stack, beside)


@flips(each("forward-headers/authorization", "another", ("callers-key", "configs-key")))
def the_gateway_has_a_key_of_its_own(patch, stack):
    """The vendor is asked with a key of which neither config nor caller knows."""
    told(patch, stack, lambda client, _fields, _section: client.copy(api_key="of-nobody"))


@flips({"forward-headers/authorization-callers-key": "configs"})
def a_key_stands_in_every_config(patch, stack):
    """The vendor is asked with the key that a config has, in a config that has none."""
    told(patch, stack, lambda client, _fields, _section: client.copy(api_key=CONFIGS_KEY))


@flips({"forward-headers/missing": "sent-with"})
def a_missing_field_has_a_default(patch, stack):
    """A header for which the caller sends nothing is sent on with a value of the gateway's."""

    def complete(client, _fields, section):
        return client.copy(default_headers=dict.fromkeys(section.values(), "none"))

    told(patch, stack, complete)


def incomplete(patch, stack, error):
    """Let a request without a field that is to be forwarded end in an error."""

    def complete(client, fields, section):
        if missing := section.keys() - fields.keys():
            raise error(f"missing: {missing}")
        return client

    told(patch, stack, complete)


@flips({"forward-headers/missing": "refused"})
def a_missing_field_is_refused(patch, stack):
    """A request without a field that is to be forwarded is the caller's mistake."""
    incomplete(patch, stack, ValueError)


@flips({"forward-headers/missing": "server-error"})
def a_missing_field_is_a_fault(patch, stack):
    """The gateway stumbles over a field that is missing."""
    incomplete(patch, stack, RuntimeError)


@flips(
    {
        **each("forward-headers/blocked", "boot-fails", BLOCKED),
        "forward-headers/blocked-by-the-operator": "boot-fails",
    }
)
def a_section_keeps_the_stack_from_booting(patch, stack):
    """A provider with `forward_headers` is refused."""

    def refuse(config):
        if list(sections(config)):
            raise ValueError("forward_headers: not allowed")

    before_parsing(patch, stack, refuse)


@flips(
    {
        **each("forward-headers/blocked", "blocked", BLOCKED),
        "forward-headers/blocked-by-the-operator": "blocked",
    }
)
def every_header_is_blocked(patch, stack):
    """A provider with `forward_headers` is refused, and its header or field is named."""

    def refuse(config):
        for section in sections(config):
            key, name = next(iter(section.items()))
            raise ValueError(
                f"provider key '{key}' uses reserved __ prefix"
                if key.startswith("__")
                else f"header '{name}' is blocked (security-sensitive)"
            )

    before_parsing(patch, stack, refuse)

"""Mutations for the checks of `forward-headers`."""

from conformance.stack.mutations import PASSTHROUGH, before_parsing, each, flips

BLOCKED = (
    *("host", "cookie", "forwarded-for", "in-lower-case", "another-credential"),
    "inner-field",
)


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


@flips({"forward-headers/missing": "refused"})
def a_missing_field_is_refused(patch, stack):
    """A request without a field that is to be forwarded is the caller's mistake."""

    def complete(client, fields, section):
        if missing := section.keys() - fields.keys():
            raise ValueError(f"missing: {missing}")
        return client

    told(patch, stack, complete)


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

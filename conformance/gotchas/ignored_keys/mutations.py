"""Mutations for the checks of `ignored-keys`."""

from conformance.stack.mutations import before_parsing, flips, keys

WRONG = {
    ("", "models"),
    ("", "registered_resource"),
    ("inference", "base_url"),
    ("config", "base_urll"),
    ("config", "apikey"),
    ("config", "auth_credential"),
    ("storage", "backend"),
    ("stores", "metadatas"),
    ("models", "provider_model"),
    ("models", "provider"),
    ("server", "authentication"),
    ("auth", "provider"),
}
LEVELS = (
    *("top-level", "provider", "provider-config", "registered-resources", "model"),
    *("storage", "backend", "stores", "store-reference", "server"),
)
DISCOVERY = "ignored-keys/top-level-models-and-discovery"


@flips(
    {f"ignored-keys/unknown-key-{level}": "boot-fails" for level in LEVELS}
    | {
        "ignored-keys/top-level-models": "boot-fails",
        "ignored-keys/top-level-misspelt": "boot-fails",
        "ignored-keys/top-level-models-in-the-log": "boot-fails",
        f"{DISCOVERY}-remote-openai": "boot-fails",
        f"{DISCOVERY}-passthrough": "boot-fails",
        "misspelt-provider-keys/base-url-of-passthrough-misspelt": "boot-fails",
        "misspelt-provider-keys/base-url-of-passthrough-beside-config": "boot-fails",
        "misspelt-provider-keys/base-url-of-remote-openai": "boot-fails",
        "misspelt-provider-keys/api-key-misspelt": "boot-fails",
        "misspelt-provider-keys/api-key-inner-name": "boot-fails",
        "misspelt-keys/backends": "boot-fails",
        "misspelt-keys/store": "boot-fails",
        "misspelt-keys/provider-model-id": "boot-fails",
        "misspelt-keys/provider-id-of-a-model": "boot-fails",
        "misspelt-auth/no-token-auth": "boot-fails",
        "misspelt-auth/no-token-provider-config": "boot-fails",
    }
)
def unknown_keys_are_refused(patch, stack):
    """The stack refuses a key it does not know, wherever it is."""

    def refuse(config):
        for parent, key in keys(config):
            if key.startswith("nonesuch") or (parent, key) in WRONG:
                raise ValueError(f"unknown key `{key}`")

    before_parsing(patch, stack, refuse)


@flips({f"ignored-keys/unknown-key-{level}": "warned" for level in LEVELS})
def unknown_keys_are_warned_of(patch, stack):
    """The stack warns of a key it does not know."""
    logger = stack("core.server.server:logger")

    def warn(config):
        for parent, key in keys(config):
            if key.startswith("nonesuch"):
                logger.warning("unknown key `%s` in `%s`", key, parent)

    before_parsing(patch, stack, warn)


@flips(
    {
        "ignored-keys/top-level-models": "honoured",
        "ignored-keys/top-level-models-in-the-log": "echoed",
        f"{DISCOVERY}-passthrough": "honoured",
    }
)
def top_level_models_count(patch, stack):
    """The stack takes a top-level `models` for registered resources."""

    def move(config):
        if "models" in config:
            config["registered_resources"] = {"models": config.pop("models")}

    before_parsing(patch, stack, move)


@flips(
    {
        f"{DISCOVERY}-remote-openai": "ignored",
        f"{DISCOVERY}-passthrough": "ignored",
        "misspelt-provider-keys/base-url-of-remote-openai": "nowhere",
    }
)
def nothing_is_discovered(patch, stack):
    """The stack asks no vendor which models there are."""

    async def refresh(self):
        pass

    patch.setattr(stack("core.routing_tables.models:ModelsRoutingTable"), "refresh", refresh)

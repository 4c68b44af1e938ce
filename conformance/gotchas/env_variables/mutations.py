"""Mutations for the checks of `env-variables`."""

from conformance.stack.mutations import flips

SERVER = "core.server.server"


def rewritten(patch, stack, change):
    """Let the server boot from a config that was changed once its variables are replaced."""
    server = stack(SERVER)
    original = server.replace_env_vars

    def replaced(config, *path):
        found = original(config, *path)
        if not path:
            change(found)
        return found

    patch.setattr(server, "replace_env_vars", replaced)


@flips(
    {
        f"env-variables/key-as-in-a-shell-{name}": "replaced"
        for name in ("dollar", "braces", "shells-default")
    }
)
def unset_keys_are_dropped(patch, stack):
    """A key that begins with a dollar is no key."""

    def change(config):
        for provider in config["providers"]["inference"]:
            if provider["config"].get("api_key", "").startswith("$"):
                del provider["config"]["api_key"]

    rewritten(patch, stack, change)


@flips({"env-variables/empty-default": "boot-fails"})
def empty_defaults_are_kept(patch, stack):
    """An empty default is an empty text."""

    def change(config):
        for provider in config["providers"]["inference"]:
            provider["config"]["base_url"] = provider["config"]["base_url"] or ""

    rewritten(patch, stack, change)


@flips({"env-variables/without-a-default": "boot-fails"})
def the_unset_variable_is_not_named(patch, stack):
    """The error for an unset variable does not say which."""
    server = stack(SERVER)
    original = server.replace_env_vars

    def replaced(*arguments):
        try:
            return original(*arguments)
        except stack("core.stack:EnvVarError"):
            raise ValueError("a variable is not set") from None

    patch.setattr(server, "replace_env_vars", replaced)


@flips({"env-variables/model-of-a-provider-left-out": "left-out"})
def models_of_no_provider_are_dropped(patch, stack):
    """A registered model whose provider is not there is left out."""

    def change(config):
        there = {provider["provider_id"] for provider in config["providers"]["inference"]}
        models = config["registered_resources"]["models"]
        models[:] = [model for model in models if model["provider_id"] in there]

    rewritten(patch, stack, change)

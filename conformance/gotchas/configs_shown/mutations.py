"""Mutations for the checks of `configs-shown`."""

from conformance.stack.mutations import flips, served_without

PROVIDERS = "core.providers"


@flips({"configs-shown/path-for-administrators": "not-found"})
def there_is_one_path_for_providers(patch, stack):
    """The server has no second path for what its providers are."""
    served_without(patch, stack, "/v1alpha/admin", "GET")


@flips({f"configs-shown/secret-{name}": "masked" for name in ("misspelt-key", "url", "header")})
def configs_are_shown_empty(patch, stack):
    """Nothing of a provider's config is shown."""

    def nothing(config):
        for provider in config["providers"]["inference"]:
            provider["config"] = {}
        return config

    patch.setattr(stack(PROVIDERS), "redact_sensitive_fields", nothing)


@flips({"configs-shown/secret-token": "shown"})
def nothing_is_masked(patch, stack):
    """Configs are shown as they are."""
    patch.setattr(stack(PROVIDERS), "redact_sensitive_fields", lambda config: config)

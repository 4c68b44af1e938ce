"""Mutations for the checks of `configs-shown`."""

from conformance.stack.mutations import each, flips, served_without, statuses, without_auth

PROVIDERS = "core.providers"
SHOWN = "misspelt-key", "url", "header", "cookie", "other-name"
SECRETS = *SHOWN, "token", "password"


@flips({"configs-shown/path-for-administrators": "not-found"})
def there_is_one_path_for_providers(patch, stack):
    """The server has no second path for what its providers are."""
    served_without(patch, stack, "/v1alpha/admin", "GET")


def shown(patch, stack, of):
    """Let `GET /v1/providers` show `of(config)` for the config of each provider."""

    def changed(config):
        for provider in config["providers"]["inference"]:
            provider["config"] = of(provider["config"])
        return config

    patch.setattr(stack(PROVIDERS), "redact_sensitive_fields", changed)


@flips({"configs-shown/with-auth-without-token": "shown"})
def nobody_is_asked_for_a_token(patch, _stack):
    """The config is read as if it had no `server.auth`."""
    without_auth(patch)


@flips(
    each("configs-shown/secret", "masked", SHOWN)
    | {"configs-shown/with-auth-with-token": "not-shown"}
)
def all_is_masked(patch, stack):
    """All that a provider's config says is masked."""
    shown(patch, stack, lambda config: dict.fromkeys(config, "********"))


@flips(
    {
        **each("configs-shown/secret", "left-out", SECRETS),
        "configs-shown/path-for-administrators": "differs",
    }
)
def configs_are_shown_empty(patch, stack):
    """Nothing of a provider's config is shown."""
    shown(patch, stack, lambda _config: {})


@flips(each("configs-shown/secret", "shown", ("token", "password")))
def nothing_is_masked(patch, stack):
    """Configs are shown as they are."""
    patch.setattr(stack(PROVIDERS), "redact_sensitive_fields", lambda config: config)


@flips(each("configs-shown/secret", "server-error", SECRETS))
def every_answer_is_a_500(patch, stack):
    """The gateway says of every answer that it failed."""
    statuses(patch, stack, lambda _status: 500)


@flips(each("configs-shown/secret", "refused", SECRETS))
def every_request_is_refused(patch, stack):
    """The gateway says of every answer that the caller may not have it."""
    statuses(patch, stack, lambda _status: 403)

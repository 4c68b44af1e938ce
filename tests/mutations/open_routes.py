"""Mutations for the checks of what anyone may do without a key, chats apart."""

from tests.mutations import flips

SERVER = "core.server.server"
PROVIDERS = "core.providers"


def served_without(patch, stack, path, *methods):
    """Let the server come up without these methods of all routes whose path begins so."""
    original = stack(SERVER).create_app

    def create_app():
        app = original()
        app.router.routes[:] = [
            route
            for route in app.router.routes
            if not (route.path.startswith(path) and route.methods & {*methods})
        ]
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips(
    {
        f"open-catalogue/{check}": "refused"
        for check in (
            *("add", "remove"),
            *("restart-after-an-addition", "restart-after-a-replacement"),
        )
    }
)
def the_catalogue_is_read_only(patch, stack):
    """Nobody can register or unregister a model through the server."""
    served_without(patch, stack, "/v1/models", "POST", "DELETE")


@flips({"unasked-apis/prompt": "not-served"})
def prompts_are_not_served(patch, stack):
    """The server has no prompts."""
    served_without(patch, stack, "/v1/prompts", "GET", "POST")


@flips({"unasked-apis/conversation": "not-served"})
def conversations_are_not_served(patch, stack):
    """The server has no conversations."""
    served_without(patch, stack, "/v1/conversations", "GET", "POST")


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

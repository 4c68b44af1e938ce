"""Mutations for the checks of `auth-service-keys`."""

from conformance.stack.mutations import PASSTHROUGH, each, flips, without_auth

PROVIDERS = "core.server.auth_providers"
OTHERS = "oauth2", "github", "kubernetes"


def shown(patch, stack, change):
    """Let the custom service be sent only what `change(token, headers)` returns of them."""
    provider = stack(f"{PROVIDERS}:CustomAuthProvider")
    original = provider.validate_token

    async def validate(self, token, scope=None):
        token, headers = change(token, scope["headers"])
        return await original(self, token, scope | {"headers": headers})

    patch.setattr(provider, "validate_token", validate)


@flips({"auth-service-keys/sent-to-custom": "token-alone"})
def all_headers_are_kept_back(patch, stack):
    """The service is sent the token alone."""
    shown(patch, stack, lambda token, _headers: (token, []))


@flips({"auth-service-keys/sent-to-custom": "headers-alone"})
def provider_data_is_kept_back(patch, stack):
    """The service is not sent the header with the provider data."""
    shown(patch, stack, lambda token, headers: (token, [h for h in headers if not data(h)]))


@flips({"auth-service-keys/sent-to-custom": "key-picked-out"})
def provider_data_alone_is_sent_on(patch, stack):
    """The service is sent no header but that with the provider data."""
    shown(patch, stack, lambda token, headers: (token, [h for h in headers if data(h)]))


@flips({"auth-service-keys/sent-to-custom": "no-token"})
def the_token_is_kept_back(patch, stack):
    """The service is asked about another token than the caller's."""
    shown(patch, stack, lambda _token, headers: ("of-nobody", headers))


def data(header):
    """Tell whether a header holds the provider data."""
    return b"provider-data" in header[0]


@flips(each("auth-service-keys/sent-to", "key-handed-over", OTHERS))
def every_service_is_sent_the_headers(patch, stack):
    """What a service is asked is the token with all header fields behind it."""
    for name in ("OAuth2TokenAuthProvider", "GitHubTokenAuthProvider", "KubernetesAuthProvider"):
        provider = stack(f"{PROVIDERS}:{name}")
        original = provider.validate_token

        async def validate(self, token, scope=None, *, original=original):
            fields = b" ".join(value for _, value in scope["headers"]).decode()
            return await original(self, f"{token} {fields}", scope)

        patch.setattr(provider, "validate_token", validate)


@flips(each("auth-service-keys/token-kept", "bearer-too", ("custom", *OTHERS)))
def vendors_are_sent_the_token(patch, stack):
    """The provider tells the vendor who asks."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter._get_openai_client
    user = stack("core.request_headers:get_authenticated_user")

    def client(self):
        headers = {"x-token": f"token-of-{user().principal}"}
        return original(self).copy(default_headers=headers)

    patch.setattr(adapter, "_get_openai_client", client)


@flips(each("auth-service-keys/token-kept", "neither", ("custom", *OTHERS)))
def vendors_are_sent_another_key(patch, stack):
    """The provider asks with a key of its own."""
    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter._get_openai_client
    patch.setattr(
        adapter, "_get_openai_client", lambda self: original(self).copy(api_key="of-nobody")
    )


TYPES = "local-keys", "upstream"


@flips(
    each("auth-service-keys/sent-to", "nothing", TYPES)
    | each("auth-service-keys/token-kept", "key-alone", TYPES)
)
def nobody_is_asked_for_a_token(patch, _stack):
    """The section of the config is not read, and everybody is served."""
    without_auth(patch)

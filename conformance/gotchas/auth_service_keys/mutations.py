"""Mutations for the checks of `auth-service-keys`."""

from conformance.stack.mutations import PASSTHROUGH, each, flips

PROVIDERS = "core.server.auth_providers"
OTHERS = "oauth2", "github", "kubernetes"


@flips({"auth-service-keys/sent-to-custom": "token-alone"})
def provider_data_is_kept_back(patch, stack):
    """The service is not sent the header with the provider data."""
    provider = stack(f"{PROVIDERS}:CustomAuthProvider")
    original = provider.validate_token

    async def validate(self, token, scope=None):
        kept = [pair for pair in scope["headers"] if b"provider-data" not in pair[0]]
        return await original(self, token, scope | {"headers": kept})

    patch.setattr(provider, "validate_token", validate)


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

"""Mutations for the checks of `redirects`."""

from conformance.stack.mutations import PASSTHROUGH, each, flips, flips_server


@flips(each("redirects/followed", "not-followed", ("301", "302", "303", "307", "308")))
def redirects_are_not_followed(patch, stack):
    """The SDK takes a redirect for the answer."""
    import httpx

    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter._get_openai_client

    def client(self):
        made = httpx.AsyncClient(follow_redirects=False, trust_env=False)
        return original(self).copy(http_client=made)

    patch.setattr(adapter, "_get_openai_client", client)


@flips({"redirects/loop": "twenty-one"})
def nothing_is_asked_again(patch, stack):
    """The SDK tries once."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    patch.setattr(module, "AsyncOpenAI", lambda **options: original(max_retries=0, **options))


@flips_server({"redirects/through-a-proxy": "not-followed"})
def a_server_follows_no_redirect(patch, stack):
    """The SDK inside a server takes a redirect for the answer."""
    import httpx

    adapter = stack(PASSTHROUGH).PassthroughInferenceAdapter
    original = adapter._get_openai_client

    def client(self):
        return original(self).copy(http_client=httpx.AsyncClient(follow_redirects=False))

    patch.setattr(adapter, "_get_openai_client", client)

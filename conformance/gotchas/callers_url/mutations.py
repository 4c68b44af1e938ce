"""Mutations for the checks of `callers-url`."""

from conformance.stack.mutations import each, find_no_model, flips, make_optional, statuses

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"


@flips(
    {
        "callers-url/base-url-beats-passthrough-url": "to-the-callers-url",
        "callers-url/key-alone": "sent-elsewhere",
    }
)
def callers_url_comes_first(patch, stack):
    """The URL in the header, or a default, is asked instead of the config's."""
    default = "https://api.anthropic.com"
    make_optional(patch, stack, passthrough_url=(str, default))

    def get(self):
        return self.get_request_provider_data().passthrough_url

    patch.setattr(stack(ADAPTER), "_get_passthrough_url", get)


@flips({"callers-url/base-url-beats-passthrough-url": "sent-elsewhere"})
def a_third_url_is_asked(patch, stack):
    """Whichever provider is asked, the URL is that of the config's third one, Google's."""
    original = stack(ADAPTER).__init__
    known = []

    def init(self, config):
        original(self, config)
        known.append(str(config.base_url))

    patch.setattr(stack(ADAPTER), "__init__", init)
    url_is(patch, stack, lambda _: known[2])


@flips({"callers-url/path-question-mark": "another-path", "callers-url/path-hash": "another-path"})
def only_the_host_is_the_callers(patch, stack):
    """The path of a URL is left out."""
    url_is(patch, stack, lambda url: "/".join(url.split("/")[:3]))


NOBODY_ASKED = (
    *("callers-url/both", "callers-url/key-alone"),
    *("callers-url/odd-short-address", "callers-url/odd-number"),
)


@flips(dict.fromkeys(NOBODY_ASKED, "refused"))
def every_caller_is_forbidden(patch, stack):
    """Nobody is asked, and every answer has the status 403."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 403)


@flips(dict.fromkeys(NOBODY_ASKED, "answered"))
def nobody_is_asked(patch, stack):
    """Nobody is asked, and every answer has the status 200."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 200)


@flips(dict.fromkeys(NOBODY_ASKED, "server-error"))
def every_caller_fails(patch, stack):
    """Nobody is asked, and every answer has the status 500."""
    find_no_model(patch, stack)
    statuses(patch, stack, lambda _: 500)


@flips(
    {
        "callers-url/both": "rejected-400",
        "callers-url/foreign-json-listing": "not-asked",
    }
)
def base_url_is_required(patch, stack):
    """A provider without `base_url` refuses to serve."""

    def get(self):
        if self.config.base_url is None:
            raise ValueError("base_url is not configured")
        return str(self.config.base_url)

    patch.setattr(stack(ADAPTER), "_get_passthrough_url", get)


ODD = (
    *("short-address", "decimal-address", "mapped-address", "user-and-password"),
    *("misleading-user", "line-break", "file", "no-scheme", "blank"),
)


def url_is(patch, stack, change):
    """Let the provider ask what `change` makes of the caller's URL, or of the config's."""
    original = stack(ADAPTER)._get_passthrough_url
    patch.setattr(stack(ADAPTER), "_get_passthrough_url", lambda self: change(original(self)))


@flips(each("callers-url/odd", "rejected-400", ODD))
def only_known_hosts_are_asked(patch, stack):
    """A URL of any host that is not known is the caller's mistake."""

    def refuse(url):
        raise ValueError(f"unknown host: {url}")

    url_is(patch, stack, refuse)


@flips({"callers-url/odd-number": "server-error"})
def a_url_may_be_anything(patch, stack):
    """The validator takes any value for a URL."""
    make_optional(patch, stack, passthrough_url=(object, ""))


@flips({"callers-url/path-question-mark": "below-it"})
def a_query_is_cut_off(patch, stack):
    """A URL ends before its query."""
    url_is(patch, stack, lambda url: url.partition("?")[0])


@flips({"callers-url/path-hash": "callers-path"})
def a_fragment_is_a_query(patch, stack):
    """A URL's fragment is taken for its query."""
    url_is(patch, stack, lambda url: url.replace("#", "?"))


@flips(
    {
        "callers-url/foreign-json-chat": "given-back",
        "callers-url/foreign-json-completion": "kept-back",
        "callers-url/foreign-json-embedding": "given-back",
    }
)
def errors_quote_what_was_said(patch, stack):
    """What is no answer to a chat or an embedding is quoted; a completion never has an answer."""
    adapter = stack(ADAPTER)

    async def chat(self, params):
        client = self._get_openai_client().chat.completions.with_raw_response
        raise ValueError((await client.create(**params.model_dump(exclude_none=True))).text)

    async def embeddings(self, params):
        client = self._get_openai_client().embeddings.with_raw_response
        raise ValueError((await client.create(**params.model_dump(exclude_none=True))).text)

    async def completion(self, params):
        await self._get_openai_client().completions.create(**params.model_dump(exclude_none=True))
        raise ValueError("no completion")

    patch.setattr(adapter, "openai_chat_completion", chat)
    patch.setattr(adapter, "openai_embeddings", embeddings)
    patch.setattr(adapter, "openai_completion", completion)

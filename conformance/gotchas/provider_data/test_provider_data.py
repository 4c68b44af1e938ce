"""The provider data is refused without `passthrough_url`, even where the config has the URL."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="provider-data",
    happens="a request without `passthrough_url` gets a 400 although the provider has a "
    "`base_url`; the required URL is then ignored",
    why="every caller has to send a field that nobody reads, and the error message does not name "
    "it; from 1.0.0 on the URL may be left out, and a request without a key gets a 500",
    example='X-LlamaStack-Provider-Data: {"passthrough_api_key": "…"}',
    instead="send both `passthrough_url` and `passthrough_api_key`; send the vendor's URL, "
    "because from 0.7.0 on a value that is not a URL loses the key",
    documented="seed: Bugs and Gotchas, 4",
    severity=Severity.LOW,
    bites=frozenset({"rejected-400", "server-error"}),
    claims=(
        Claim(
            says="The validator requires both `passthrough_url` AND `passthrough_api_key` in the "
            "header, even when `base_url` is already set in `run.yaml`.",
            section="Bugs and Gotchas, 4",
            check="key-alone",
            confirmed=frozenset({"rejected-400"}),
        ),
        Claim(
            says="Both fields are required, with no defaults.",
            section="Bugs and Gotchas, 4",
            check="url-alone",
            confirmed=frozenset({"key-asked-for", "refused", "server-error"}),
        ),
    ),
    decided_by=(
        "providers.remote.inference.passthrough:PassthroughProviderDataValidator",
        "core.request_headers:NeedsRequestProviderData.get_request_provider_data",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

REPLIES = {
    "forwarded": "the chat is sent to the vendor",
    "rejected-400": "the caller gets a 400, and no chat is sent",
    "refused": "the caller gets another 4xx, and no chat is sent",
    "server-error": "the caller gets a 500 or above, and no chat is sent",
    "ok-with-error-event": "the caller gets HTTP 200 and an error in the stream, no chat is sent",
    "answered": "the caller gets an answer without an error, and no chat is sent",
}
KEYLESS = {
    "key-asked-for": "the caller is told that a key is missing, and no chat is sent",
    "refused": "the caller gets a 4xx without a word of the key, and no chat is sent",
    "server-error": "the caller gets a 500 or above without a word of the key, no chat is sent",
    "answered": "the caller gets an answer without an error, and no chat is sent",
    "forwarded": "the chat is sent to the vendor without a key",
    "another-key": "the chat is sent to the vendor with a key that the caller has not sent",
}


def chats(sent):
    """Return the chats among the requests to the vendor; some releases list its models, too."""
    return [request for request in sent if request.method == "POST"]


def reply(answer, sent):
    """Return the outcome for an answer and what was sent to the vendor."""
    if chats(sent):
        return "forwarded"
    if answer.status == 400:
        return "rejected-400"
    failed = any(isinstance(event, dict) and "error" in event for event in answer.events())
    return answer.trouble or ("ok-with-error-event" if failed else "answered")


def keyless(answer, sent):
    """Return the same where there is no key to forward with."""
    if asked := chats(sent):
        keys = [
            request.headers.get("authorization", "").removeprefix("Bearer") for request in asked
        ]
        return "another-key" if any(key.strip() for key in keys) else "forwarded"
    return "key-asked-for" if "passthrough_api_key" in answer.text else answer.trouble or "answered"


def fields(both, name):
    """Return one field of the provider data."""
    return {name: both[name]}


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**REPLIES)
async def test_both(gateway, sent, observed, provider_data, route):
    """Both fields are sent."""
    answer = await gateway.chat(route.model, data=provider_data(route))
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**REPLIES)
async def test_key_alone(gateway, sent, observed, provider_data, route):
    """`passthrough_api_key` is sent; the provider's `base_url` is in the config."""
    answer = await gateway.chat(
        route.model, data=fields(provider_data(route), "passthrough_api_key")
    )
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**REPLIES)
async def test_key_alone_streamed(gateway, sent, observed, provider_data, route):
    """The same, for a chat with `stream: true`."""
    data = fields(provider_data(route), "passthrough_api_key")
    answer = await gateway.chat(route.model, data=data, stream=True)
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**KEYLESS)
async def test_url_alone(gateway, sent, observed, provider_data, route):
    """`passthrough_url` is sent, and no key: there is nothing to ask the vendor with."""
    answer = await gateway.chat(route.model, data=fields(provider_data(route), "passthrough_url"))
    observed(keyless(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@outcomes(**KEYLESS)
async def test_header_absent(gateway, sent, observed, route):
    """No provider data is sent."""
    answer = await gateway.chat(route.model)
    observed(keyless(answer, sent), answer)

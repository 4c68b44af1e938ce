"""Provider data of an unexpected form is taken, dropped, or fatal, and rarely explained."""

import json

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="provider-data-form",
    happens="a JSON header that is no object gives a 500; invalid JSON is ignored; an empty key "
    "is forwarded",
    why="the fault is in the caller's header, but the answer says that the server is broken or "
    "that a key is missing",
    example='X-LlamaStack-Provider-Data: ["…"]',
    instead="send one JSON object with two strings, neither of them empty",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"server-error", "sent-without-key"}),
    decided_by=(
        "core.request_headers:parse_request_provider_data",
        "core.request_headers:NeedsRequestProviderData.get_request_provider_data",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

REPLIES = {
    "forwarded": "the chat is sent to the vendor with a key",
    "sent-without-key": "the chat is sent to the vendor without a key",
    "rejected-400": "the caller gets a 400, and no chat is sent",
    "refused": "the caller gets another 4xx, and no chat is sent",
    "server-error": "the caller gets a 500 or above, and no chat is sent",
    "answered": "the caller gets an answer without an error, and no chat is sent",
}
EMPTY_FIELDS = {
    "empty-object": {"passthrough_url": None, "passthrough_api_key": None},
    "empty-url": {"passthrough_url": ""},
    "unknown-fields": {"note": "x", "openai_api_key": "x"},
}
OLDER = "X-LlamaStack-Provider-Data"
NO_OBJECT = {
    "array": '["passthrough_api_key"]',
    "string": '"passthrough_api_key"',
    "number": "7",
    "null": "null",
    "not-json": "passthrough_api_key=x",
    "empty": "",
}


def reply(answer, sent):
    """Return the outcome for an answer and what was sent to the vendor."""
    chats = [request for request in sent if request.method == "POST"]  # some releases list first
    if chats:
        bearer = chats[0].headers.get("authorization", "").removeprefix("Bearer").strip()
        return "forwarded" if bearer else "sent-without-key"
    return "rejected-400" if answer.status == 400 else answer.trouble or "answered"


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@pytest.mark.parametrize("change", EMPTY_FIELDS.values(), ids=EMPTY_FIELDS)
@outcomes(**REPLIES)
async def test_object(gateway, sent, observed, provider_data, change, route):
    """An object without any field, with an empty URL, or with fields nobody knows."""
    fields = provider_data(route) | change
    data = {name: value for name, value in fields.items() if value is not None}
    answer = await gateway.chat(route.model, data=data)
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("empty-key")
@outcomes(**REPLIES)
async def test_empty_key(gateway, sent, observed, provider_data, route):
    """An empty text as the key."""
    answer = await gateway.chat(
        route.model, data=provider_data(route) | {"passthrough_api_key": ""}
    )
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.scenario("chat")
@pytest.mark.parametrize("text", NO_OBJECT.values(), ids=NO_OBJECT)
@outcomes(**REPLIES)
async def test_no_object(gateway, sent, observed, text, route):
    """A header whose text is JSON but no object, or no JSON."""
    answer = await gateway.chat(route.model, data=text)
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(any_provider=True)
@pytest.mark.for_server
@pytest.mark.without_auth
@pytest.mark.parametrize("text", ['["x"]', "7"], ids=["array", "number"])
@outcomes(
    listed="the models are listed",
    rejected_400="the caller gets a 400",
    refused="the caller gets another 4xx",
    server_error="the caller gets a 500 or above",
)
async def test_no_object_when_listing_models(gateway, observed, text):
    """The same header where no key is needed: `GET /v1/models`."""
    answer = await gateway.models(data=text)
    observed("rejected-400" if answer.status == 400 else answer.trouble or "listed", answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["upper", "lower"])
@outcomes(**REPLIES)
async def test_header_in_case(gateway, sent, observed, provider_data, case, route):
    """The header's name in upper or lower case, which HTTP does not distinguish."""
    headers = {case(gateway.header): json.dumps(provider_data(route))}
    answer = await gateway.chat(route.model, headers=headers)
    observed(reply(answer, sent), answer)


@pytest.mark.for_config(callers_key=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**REPLIES)
async def test_older_header(gateway, sent, observed, provider_data, route):
    """The header under the name that it has below 0.8.0, which callers still send."""
    answer = await gateway.chat(route.model, headers={OLDER: json.dumps(provider_data(route))})
    observed(reply(answer, sent), answer)

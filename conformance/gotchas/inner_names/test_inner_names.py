"""A caller who sends a field that the stack uses for itself gets a 500, and no one's identity."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="inner-names",
    happens="provider data with the field `__authenticated_user`, which the stack uses for "
    "itself, gives a 500, even for `GET /v1/models`",
    why="the caller's fault is reported as the server's, and each such request costs the server "
    "a traceback",
    example='X-LlamaStack-Provider-Data: {"__authenticated_user": "x"}',
    instead="refuse provider data with fields that begin with `__` in front of the gateway; "
    "with `server.auth` the field is replaced and does no harm",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"server-error", "taken-over"}),
    worst=frozenset({"taken-over"}),
    decided_by=(
        "core.request_headers:RequestProviderDataContext",
        "core.request_headers:parse_request_provider_data",
        "core.request_headers:get_authenticated_user",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

NAME = "__authenticated_user"
CAROL = {"principal": "carol", "attributes": {"roles": ["guest"], "teams": ["green"]}}
FORMS = {"text": "carol", "object": CAROL, "null": None}
PATIENCE, PAUSE_S = 40, 0.05
LIST = "/v1/chat/completions?limit=1000"
SEEN = {
    "ignored": "the request is served as if the field were not there",
    "rejected_400": "the caller gets a 400",
    "refused": "the caller gets another 4xx",
    "server_error": "the caller gets a 500 or above",
}


def seen(answer):
    """Return the outcome for an answer."""
    return "rejected-400" if answer.status == 400 else answer.trouble or "ignored"


@pytest.mark.for_server
@pytest.mark.without_auth
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@outcomes(**SEEN)
async def test_listing(gateway, observed, form):
    """`GET /v1/models` with the field."""
    observed(seen(answer := await gateway.models(data={NAME: form})), answer)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@outcomes(**SEEN)
async def test_chat(loopback, observed, route, form):
    """A chat with a key and the field."""
    data = loopback.data(route) | {NAME: form}
    observed(seen(answer := await loopback.gateway.chat(route.model, data=data)), answer)


async def stored(gateway, route, data, headers, words):
    """Chat once as somebody; return the answer's id, once that caller is shown the chat."""
    messages = [{"role": "user", "content": words}]  # a stand-in answers one chat with one id
    chat = await gateway.chat(route.model, data=data, headers=headers, messages=messages)
    identifier = (chat.json() or {}).get("id")
    for _ in range(PATIENCE):
        own = await gateway.request("GET", LIST, headers=headers)
        if identifier and identifier in own.text:
            return identifier
        await asyncio.sleep(PAUSE_S)  # from 0.7.0 on chats are written behind the caller's back
    raise CouldNotObserveError(f"the caller is not shown the own chat: {chat} {own}")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@outcomes(
    taken_over="the caller is shown the other caller's chat",
    own_identity="the caller is shown the own chat, and not the other caller's",
    no_identity="the caller is shown neither chat",
    server_error="the caller gets a 500 or above",
    refused="the caller gets a 4xx",
)
async def test_identity(in_front, identities, token_of, observed, config, route, form):
    """With `server.auth`: alice lists the stored chats, and sends the field with carol's name."""
    front = await in_front(identities.asked_by(config))
    data = front.data(route)
    theirs, own = [
        await stored(front.gateway, route, data, token_of(name), f"I am {name}.")
        for name in ("carol", "alice")
    ]
    answer = await front.gateway.request("GET", LIST, data={NAME: form}, headers=token_of("alice"))
    outcome = "own-identity" if own in answer.text else "no-identity"
    outcome = "taken-over" if theirs in answer.text else outcome
    observed(answer.trouble or outcome, answer)


@outcomes(**SEEN)
async def test_listing_with_auth(in_front, identities, token_of, observed, config):
    """The workaround: with `server.auth`, `GET /v1/models` with a token and the field."""
    front = await in_front(identities.asked_by(config))
    answer = await front.gateway.request(
        "GET", "/v1/models", data={NAME: "carol"}, headers=token_of("alice")
    )
    observed(seen(answer), answer)

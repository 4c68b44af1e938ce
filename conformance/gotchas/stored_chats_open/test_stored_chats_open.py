"""Any caller can read every caller's stored chats, and none of them can take one back."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="stored-chats-open",
    happens="`GET /v1/chat/completions` shows all stored prompts and answers to anyone who "
    "reaches the gateway",
    why="each caller reads what all others wrote, and so does anyone who gets the file; no "
    "request deletes a chat, no config without the store boots, and leaving the store out of the "
    "config does not turn it off",
    example="curl http://gateway:8321/v1/chat/completions",
    instead="block that path in front of the gateway; a token (`server.auth`) alone is not enough: "
    "callers who share a role, team or project still read each other's chats",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    exposes=frozenset({Exposed.TEXT}),
    bites=frozenset({"readable", "plain-text", "cannot-be-deleted", "still-stored", "boot-fails"}),
    decided_by=(
        "core.routers.inference:InferenceRouter.list_chat_completions",
        "core.routers.inference:InferenceRouter.get_chat_completion",
        "providers.utils.inference.inference_store:InferenceStore",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

PATIENCE = 40  # listings until a chat that is not there counts as not stored
PAUSE_S = 0.05
PATH = "/v1/chat/completions"
ALL = f"{PATH}?limit=1000"
PROMPT = "Say hello."
SHOWN = {
    "readable": "prompt and answer are shown",
    "not_shown": "the chat is not shown",
    "refused": "the request is refused with a 4xx",
    "server_error": "the request ends with a 500 or above",
}


async def stored(gateway, route, data, headers=None):
    """Chat once; return the answer's id, once it is listed, and the answer to the listing."""
    chat = await gateway.chat(route.model, data=data, headers=headers)
    if chat.status != 200:
        raise CouldNotObserveError(f"the chat is not answered: {chat}")
    identifier = chat.json()["id"]
    for _ in range(PATIENCE):
        answer = await gateway.request("GET", ALL, headers=headers)
        if identifier in answer.text:
            break
        await asyncio.sleep(PAUSE_S)  # from 0.7.0 on chats are written behind the caller's back
    return identifier, answer


def shown(answer, identifier):
    """Return whether the answer shows the chat with this id, prompt and answer."""
    body = answer.json() or {}
    chats = [chat for chat in body.get("data", [body]) if chat.get("id") == identifier]
    said = [choice["message"]["content"] for chat in chats for choice in chat["choices"]]
    return any(said) and all(PROMPT in str(chat["input_messages"]) for chat in chats)


@pytest.mark.for_config
@pytest.mark.for_server(chats=1, answered=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**SHOWN)
async def test_list_without_a_key(gateway, observed, provider_data, route):
    """One caller chats; another, without any header, lists the stored chats."""
    identifier, answer = await stored(gateway, route, provider_data(route))
    outcome = "readable" if shown(answer, identifier) else "not-shown"
    observed(answer.trouble or outcome, answer)


@pytest.mark.for_config
@pytest.mark.for_server(chats=1, answered=True)
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**SHOWN)
async def test_one_without_a_key(gateway, observed, provider_data, route):
    """One caller chats; another, without any header, asks for that chat by its id."""
    identifier, _ = await stored(gateway, route, provider_data(route))
    answer = await gateway.request("GET", f"{PATH}/{identifier}")
    outcome = "readable" if shown(answer, identifier) else "not-shown"
    observed(answer.trouble or outcome, answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(
    deleted="the chat is gone afterwards",
    cannot_be_deleted="the chat is still listed afterwards",
    not_shown="the chat was not listed before",
)
async def test_delete(gateway, observed, provider_data, route):
    """A caller deletes a stored chat, as OpenAI's API has it."""
    identifier, before = await stored(gateway, route, provider_data(route))
    answer = await gateway.request("DELETE", f"{PATH}/{identifier}")
    after = await gateway.request("GET", ALL)
    if before.trouble or after.trouble:
        raise CouldNotObserveError(f"stored chats are not listed: {before}; then {after}")
    outcome = "cannot-be-deleted" if shown(after, identifier) else "deleted"
    observed(outcome if shown(before, identifier) else "not-shown", answer)


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(plain_text="a file holds the prompt as it is", not_found="no file holds the prompt")
async def test_in_the_files(boot, observed, config, home, provider_data, route):
    """One plain chat, then every byte below the home directory."""
    async with boot(config) as run:
        await stored(run.gateway, route, provider_data(route))
    files = [f for f in home.rglob("*") if f.is_file() and PROMPT.encode() in f.read_bytes()]
    names = sorted(file.name for file in files)
    observed("plain-text" if names else "not-found", names)


# Who looks at a chat of alice's: bob has her role, carol nothing of hers, nobody has a token.
READERS = {"of-the-same-role": "bob", "of-another-role": "carol", "without-a-token": ""}


@pytest.mark.needs("chat")
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@outcomes(**SHOWN)
async def test_with_auth(in_front, identities, token_of, observed, config, route, reader):
    """`server.auth` asks for tokens. One caller chats, another one lists the stored chats."""
    front = await in_front(identities.asked_by(config))
    writer = token_of("alice")
    identifier, own = await stored(front.gateway, route, front.data(route), writer)
    if identifier not in own.text:
        raise CouldNotObserveError(f"the caller is not shown the chat either: {own}")
    headers = token_of(reader) if reader else {}
    answer = await front.gateway.request("GET", ALL, headers=headers)
    outcome = "readable" if shown(answer, identifier) else "not-shown"
    observed(answer.trouble or outcome, answer)


@pytest.mark.scenario("chat")
@pytest.mark.parametrize("how", ["left-out", "null"])
@outcomes(
    still_stored="chats are stored as before",
    not_stored="chats are answered, and none is listed",
    list_fails="chats are answered, and the list of stored ones ends with an error",
    boot_fails="the stack does not boot",
)
async def test_config_without_the_store(boot, observed, config, provider_data, how, route):
    """`storage.stores.inference` left out of the config, or set to null."""
    stores = config["storage"]["stores"]
    stores |= {"inference": None}
    if how == "left-out":
        del stores["inference"]
    async with boot(config) as run:
        if run.failure:
            observed("boot-fails", run.failure)
            return
        identifier, answer = await stored(run.gateway, route, provider_data(route))
    outcome = "still-stored" if shown(answer, identifier) else "not-stored"
    observed("list-fails" if answer.trouble else outcome, answer)

"""A gateway whose config asks for inference alone serves more, and stores what strangers send."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="unasked-apis",
    happens="prompts and conversations are served although `apis` names neither; anyone can "
    "write and read them without a key",
    why="the gateway stores whatever strangers send it, and the files grow",
    example="curl http://gateway:8321/v1/prompts",
    instead="pass only the paths that callers need in front of the gateway, or require a token "
    "with `server.auth`",
    documented="found by this suite",
    severity=Severity.HIGH,
    exposes=frozenset({Exposed.TEXT}),
    bites=frozenset({"stored"}),
    decided_by=(
        "core.stack:add_internal_implementations",
        "core.prompts.prompts:PromptServiceImpl.create_prompt",
        "core.conversations.conversations:ConversationServiceImpl.create_conversation",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

TEXT = "A stranger was here."
RESULTS = {
    "stored": "it is stored, and shown to anyone who asks",
    "not_stored": "the request succeeds, and what was written is not in what is read",
    "not_shown": "the request succeeds, and the one that reads ends with an error",
    "not_served": "there is no such path",
    "refused": "the request is refused with another 4xx",
    "server_error": "the request ends with a 500 or above",
}


def outcome(answer, later):
    """Compare what a stranger wrote with what the next one reads."""
    if answer.trouble:
        return "not-served" if answer.status == 404 else answer.trouble
    shown = "stored" if TEXT in later.text else "not-stored"
    return "not-shown" if later.trouble else shown


@pytest.mark.for_config(any_provider=True, unnamed_api="prompts")
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_prompt(gateway, observed):
    """A caller without a key creates a prompt; another lists all prompts."""
    answer = await gateway.request("POST", "/v1/prompts", body={"prompt": TEXT, "variables": []})
    later = await gateway.request("GET", "/v1/prompts")
    observed(outcome(answer, later), f"{answer}; then {later}")


@pytest.mark.for_config(any_provider=True, unnamed_api="conversations")
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_conversation(gateway, observed):
    """A caller without a key begins a conversation; another, who knows its id, reads it."""
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": TEXT}]}
    answer = await gateway.request("POST", "/v1/conversations", body={"items": [said]})
    identifier = (answer.json() or {}).get("id")
    later = await gateway.request("GET", f"/v1/conversations/{identifier}/items")
    observed(outcome(answer, later), f"{answer}; then {later}")

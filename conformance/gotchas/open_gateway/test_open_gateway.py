"""A gateway without `server.auth` answers strangers: catalogue, configs, chats, and changes."""

import secrets

import pytest

from conformance.core import fields
from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="open-gateway",
    happens="a gateway without `server.auth` serves whoever reaches it: models, configs, stored "
    "chats, its own description, and some changes",
    why="who can open a connection reads what callers wrote and how the gateway is built, and "
    "leaves entries of their own",
    example="curl http://gateway:8321/v1/chat/completions",
    instead="require a token with `server.auth`, or pass only the paths that callers need in "
    "front of the gateway",
    documented="found by this suite",
    bites=frozenset({"readable", "kept", "answered"}),
    exposes=frozenset({Exposed.TEXT, Exposed.CONFIG, Exposed.MONEY}),
    severity=Severity.CRITICAL,
    decided_by=("core.server.server:create_app", "core.server.auth:AuthenticationMiddleware"),
)
pytestmark = pytest.mark.needs("remote::passthrough")

# Lists are cut to one entry; of what is read only the number of entries is shown.
READS = {
    "models": "/v1/models",
    "configs": "/v1/providers",
    "configs-for-administrators": "/v1alpha/admin/providers",
    "stored-chats": "/v1/chat/completions?limit=1",
    "stored-responses": "/v1/responses?limit=1",
    "prompts": "/v1/prompts",
    "files": "/v1/files?limit=1",
    "vector-stores": "/v1/vector_stores?limit=1",
    "batches": "/v1/batches?limit=1",
    "connectors": "/v1beta/connectors",
    "connectors-alpha": "/v1alpha/connectors",
    "routes": "/v1/inspect/routes",
    "description": "/openapi.json",
}
WITHOUT = {401: "refused", 403: "refused", 404: "not-served", 405: "not-served"}
CLASSES = {3: "redirected", 4: "rejected", 5: "server-error"}
ANSWERS = {
    "not_served": "there is no such path",
    "refused": "the stranger is refused",
    "server_error": "the gateway answers with a 500 or above",
    "redirected": "the stranger is sent elsewhere, to sign in for example",
    "rejected": "another 4xx, which says nothing of who is asking, or of the path",
}
MASK = "********"
TEXT = "A stranger was here."


def other(answer):
    """Return the outcome of an answer that is no success."""
    found = WITHOUT.get(answer.status) or CLASSES.get(answer.status // 100)
    if found is None:
        raise CouldNotObserveError(f"neither a success nor a failure: {answer}")
    return found


def shown(answer):
    """Return what may be shown of an answer that holds what others wrote: how much it is."""
    body = answer.json()
    rows = body.get("data", body.get("paths")) if isinstance(body, dict) else None
    return f"HTTP {answer.status}, entries: {len(rows) if rows is not None else 'none'}"


@pytest.mark.for_server
@pytest.mark.parametrize("path", READS.values(), ids=READS)
@outcomes(readable="the stranger reads it", **ANSWERS)
async def test_read(stranger, observed, path):
    """A stranger sends `GET`."""
    answer = await stranger.request("GET", path)
    observed("readable" if answer.status == 200 else other(answer), f"{path}: {shown(answer)}")


@pytest.mark.for_server
@outcomes(
    readable="a field for a secret, or a URL, shows its value",
    masked="no field for a secret shows its value",
    **ANSWERS,
)
async def test_secrets(stranger, observed):
    """A stranger reads the providers' configs, and looks for secrets that are not masked."""
    answer = await stranger.request("GET", "/v1/providers")
    if answer.status != 200:
        observed(other(answer), shown(answer))
        return
    rows = answer.json()["data"]
    held = [r["provider_id"] for r in rows if set(fields.secrets(r.get("config"))) - {MASK}]
    observed("readable" if held else "masked", f"providers that show a secret: {held or 'none'}")


@pytest.mark.for_server(chats=1)
@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(
    answered="the stranger is answered, at the expense of the gateway's owner",
    not_answered="the stranger gets no answer without a key of their own",
)
async def test_chat(stranger, observed, route):
    """A stranger without any key chats."""
    answer = await stranger.chat(route.model)
    observed("answered" if answer.status == 200 else "not-answered", f"HTTP {answer.status}")


WRITES = {
    "prompt": ("/v1/prompts", {"prompt": TEXT, "variables": []}, "prompt_id"),
    "conversation": ("/v1/conversations", {"metadata": {"note": TEXT}}, "id"),
}
CHANGES = {
    "kept": "it is kept, and shown to the next stranger",
    "not_kept": "the request succeeds, and nothing is shown",
    **ANSWERS,
}


@pytest.mark.for_server(writes=True)
@pytest.mark.parametrize("what", WRITES)
@outcomes(**CHANGES)
async def test_write(stranger, observed, what):
    """A stranger leaves a text, another reads it by its id; then it is deleted."""
    path, body, name = WRITES[what]
    answer = await stranger.request("POST", path, body=body)
    if answer.status >= 400:
        observed(other(answer), shown(answer))
        return
    entry = f"{path}/{answer.json()[name]}"
    later = await stranger.request("GET", entry)
    gone = await stranger.request("DELETE", entry)
    outcome = "kept" if TEXT in later.text else "not-kept"
    observed(outcome, f"HTTP {answer.status}; deleted with HTTP {gone.status}")


@pytest.mark.for_server(writes=True)
@outcomes(**CHANGES)
async def test_write_model(stranger, observed):
    """A stranger adds a model to the catalogue of the first provider; then it is removed."""
    listed = await stranger.request("GET", "/v1/providers")
    if listed.status != 200:
        observed(other(listed), shown(listed))
        return
    provider = next(r["provider_id"] for r in listed.json()["data"] if r["api"] == "inference")
    name = f"stranger-{secrets.token_hex(4)}"
    entry = {"provider_id": provider, "model_id": name, "model_type": "llm"}
    answer = await stranger.request("POST", "/v1/models", body=entry)
    if answer.status >= 400:
        observed(other(answer), shown(answer))
        return
    kept = [each for each in await stranger.model_ids() if name in each]
    gone = await stranger.request("DELETE", f"/v1/models/{(kept or [name])[0]}")
    observed("kept" if kept else "not-kept", f"{kept}; removed with HTTP {gone.status}")

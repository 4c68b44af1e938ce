"""Paths that callers know from older releases, or from other gateways, do not exist."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Severity

GOTCHA = Gotcha(
    slug="absent-paths",
    happens="paths of older releases (`/v1/openai/v1/…`, `/v1/inference/…`) and of other APIs are "
    "404s with a bare `detail`",
    why="a client whose base URL was right before an upgrade gets a 404 that looks like an unknown "
    "model's; so does one that tries another vendor's API at the gateway",
    example="POST /v1/openai/v1/chat/completions",
    instead="set clients' base URL to `<gateway>/v1`, and have a proxy rewrite the old paths",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"absent", "other-method", "moved", "server-error"}),
    decided_by=("core.server.routes:get_all_api_routes", "core.server.server:create_app"),
)
pytestmark = pytest.mark.needs("remote::passthrough")

PATHS = {
    "chat": ("POST", "/v1/chat/completions"),
    "completions": ("POST", "/v1/completions"),
    "embeddings": ("POST", "/v1/embeddings"),
    "models": ("GET", "/v1/models"),
    "one-model": ("GET", "/v1/models/openai/gpt-4o"),
    "stored-chats": ("GET", "/v1/chat/completions"),
    "chat-below-openai": ("POST", "/v1/openai/v1/chat/completions"),
    "completions-below-openai": ("POST", "/v1/openai/v1/completions"),
    "embeddings-below-openai": ("POST", "/v1/openai/v1/embeddings"),
    "models-below-openai": ("GET", "/v1/openai/v1/models"),
    "responses-below-openai": ("POST", "/v1/openai/v1/responses"),
    "chat-without-v1": ("POST", "/chat/completions"),
    "chat-with-slash": ("POST", "/v1/chat/completions/"),
    "chat-of-inference": ("POST", "/v1/inference/chat-completion"),
    "completion-of-inference": ("POST", "/v1/inference/completion"),
    "embeddings-of-inference": ("POST", "/v1/inference/embeddings"),
    "rerank": ("POST", "/v1/rerank"),
    "rerank-of-inference": ("POST", "/v1/inference/rerank"),
    "rerank-alpha": ("POST", "/v1alpha/inference/rerank"),
    "responses": ("POST", "/v1/responses"),
    "messages": ("POST", "/v1/messages"),
    "count-tokens": ("POST", "/v1/messages/count_tokens"),
    "interactions": ("POST", "/v1alpha/interactions"),
    "conversations": ("POST", "/v1/conversations"),
    "moderations": ("POST", "/v1/moderations"),
    "files": ("GET", "/v1/files"),
    "batches": ("GET", "/v1/batches"),
    "vector-stores": ("GET", "/v1/vector_stores"),
    "prompts": ("GET", "/v1/prompts"),
    "tool-groups": ("GET", "/v1/toolgroups"),
    "images": ("POST", "/v1/images/generations"),
    "speech": ("POST", "/v1/audio/speech"),
    "transcriptions": ("POST", "/v1/audio/transcriptions"),
    "health-at-root": ("GET", "/health"),
}
NOBODYS = {"detail": "Not Found"}  # what the framework says of a path that is none


@pytest.mark.parametrize(("method", "path"), PATHS.values(), ids=PATHS)
@outcomes(
    served="somebody answers, if only that the request is wrong",
    server_error="somebody answers with a 500 or above",
    other_method="the path exists, and is asked with another method",
    moved="the caller is sent to another path",
    absent="the path does not exist",
)
async def test_path(gateway, observed, method, path):
    """An empty request."""
    answer = await gateway.request(method, path, body={} if method == "POST" else None)
    known = {405: "other-method", 307: "moved", 308: "moved"}
    absent = answer.status == 404 and answer.json() in (NOBODYS, None)
    served = "server-error" if answer.trouble == "server-error" else "served"
    observed("absent" if absent else known.get(answer.status, served), answer)


# What callers try of these by POST, as a gateway shows it without being asked anything.
TRIED = {
    name: PATHS[name][1]
    for name in (
        *("chat", "completions", "embeddings", "chat-below-openai", "chat-without-v1"),
        *("chat-with-slash", "chat-of-inference", "rerank", "responses", "messages"),
    )
}


@pytest.mark.for_server
@pytest.mark.without_auth
@pytest.mark.parametrize("path", TRIED.values(), ids=TRIED)
@outcomes(
    exists="the gateway has the path",
    moved="the caller is sent to another path",
    absent="the path does not exist",
    server_error="the gateway fails with a 500",
)
async def test_exists(gateway, observed, path):
    """`OPTIONS` of a path, which asks for nothing."""
    answer = await gateway.request("OPTIONS", path)
    known = {404: "absent", 405: "exists", 307: "moved", 308: "moved", 500: "server-error"}
    if answer.status >= 300 and answer.status not in known:
        raise CouldNotObserveError(f"no answer about the path: {answer}")
    observed(known.get(answer.status, "exists"), answer)

"""A passthrough provider without `base_url` asks whatever URL its caller names."""

from urllib.parse import urlsplit

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="callers-url",
    happens="without `base_url` the provider boots and sends each request to the "
    "`passthrough_url` of its caller",
    why="any caller can make the gateway send requests to any host and path it can reach, inside "
    "its own network too, and is given the answers: `POST /v1/completions` gives back any JSON, "
    "such as what a metadata service says",
    example="provider_type: remote::passthrough\nconfig: {}",
    instead="give every passthrough provider a `base_url`; it then overrides the caller's",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    exposes=frozenset({Exposed.CONFIG}),
    bites=frozenset({"to-the-callers-url", "given-back", "callers-path", "server-error"}),
    worst=frozenset({"to-the-callers-url"}),
    claims=(
        Claim(
            says="The redundant URL requirement: the URL in the header adds nothing to `base_url`.",
            section="Lessons for Future Work, 5",
            check="base-url-beats-passthrough-url",
            confirmed=frozenset({"to-the-base-url"}),
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_passthrough_url"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

MODEL = "anthropic/claude-sonnet-4-5"
RESULTS = {
    "to_the_callers_url": "the chat is sent to the URL the caller named",
    "sent_elsewhere": "the chat is sent to another URL",
    "rejected_400": "the caller gets a 400, and no chat is sent",
    "refused": "the caller gets another 4xx, and no chat is sent",
    "server_error": "the caller gets a 500 or above, and no chat is sent",
    "answered": "the caller gets an answer without an error, and no chat is sent",
    "boot_fails": "the stack does not boot",
}


def unsent(answer):
    """Return the outcome for an answer without which nobody was asked."""
    return "rejected-400" if answer.status == 400 else answer.trouble or "answered"


async def chat(share, config, sent, data):
    """Return the outcome and its evidence, for a chat with an `anthropic` without `base_url`."""
    entries = [configs.provider("anthropic")], [configs.model(*MODEL.split("/"))]
    run = await share(configs.inference(config, *entries))
    if run.failure:
        return "boot-fails", run.failure
    answer = await run.gateway.chat(MODEL, data=data)
    if chats := [request for request in sent if request.method == "POST"]:
        named = urlsplit(data.get("passthrough_url", "")).netloc
        there = all(request.headers["host"] == named for request in chats)
        return "to-the-callers-url" if there else "sent-elsewhere", [*map(str, chats), answer]
    return unsent(answer), answer


@pytest.mark.needs("chat")
@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_both(share, config, sent, observed, provider_data):
    """The caller sends key and URL."""
    observed(*await chat(share, config, sent, provider_data("anthropic")))


@pytest.mark.scenario("chat")
@outcomes(**RESULTS)
async def test_key_alone(share, config, sent, observed, key):
    """The caller sends the key alone, so there is no URL at all."""
    observed(*await chat(share, config, sent, {"passthrough_api_key": key}))


@pytest.mark.for_config
@pytest.mark.without_auth
@pytest.mark.needs("chat")
@outcomes(
    to_the_base_url="the chat is sent to the config's `base_url`",
    to_the_callers_url="the chat is sent to the URL the caller named",
    sent_elsewhere="the chat is sent to another URL",
    not_sent="the chat is not sent",
)
async def test_base_url_beats_passthrough_url(loopback, observed, route):
    """The config has the vendor's URL, OpenAI's; the caller names another vendor's."""
    other = next(vendor for vendor in ("anthropic", "openai") if vendor != route.dialect)
    data = loopback.data(route) | {"passthrough_url": loopback.data(other)["passthrough_url"]}
    answer = await loopback.gateway.chat(route.model, data=data)
    asked = {request.upstream for request in loopback.asked}
    ours = "to-the-base-url" if asked == {route.dialect} else "sent-elsewhere"
    outcome = "to-the-callers-url" if other in asked else ours
    observed(outcome if asked else "not-sent", [*asked, answer])


ONLY_INSIDE = "role-of-the-gateway-4711"
METADATA = {"Code": "Success", "AccessKeyId": "any", "SecretAccessKey": ONLY_INSIDE}
HELLO = [{"role": "user", "content": "Say hello."}]
ASKED: dict[str, tuple[str, dict[str, object]]] = {
    "chat": ("/v1/chat/completions", {"messages": HELLO}),
    "completion": ("/v1/completions", {"prompt": "Say hello."}),
    "embedding": ("/v1/embeddings", {"input": "Say hello."}),
    "listing": ("/v1/models", {}),
}


async def ask(in_front, config, url, kind="completion"):
    """Ask a provider without `base_url` for something, with a URL; return the answer."""
    front = await in_front(configs.inference(config, [configs.provider("any")]))
    path, fields = ASKED[kind]
    data = {"passthrough_url": url, "passthrough_api_key": "callers-own"}
    if not fields:
        return await front.gateway.request("GET", path, data=data)
    body = {"model": "any/m"} | fields
    return await front.gateway.request("POST", path, data=data, body=body)


@pytest.mark.needs("chat")
@pytest.mark.parametrize("kind", ASKED)
@outcomes(
    given_back="the caller is given what the foreign service said",
    kept_back="the service is asked, and the caller is not given what it said",
    not_asked="the service is not asked",
)
async def test_foreign_json(in_front, server, observed, config, kind):
    """The URL is that of a service that is no vendor, and answers with JSON of its own."""
    server.answers(200, METADATA)
    answer = await ask(in_front, config, server.url, kind)
    told = "given-back" if ONLY_INSIDE in answer.text else "kept-back"
    observed(told if server.requests else "not-asked", answer)


@pytest.mark.needs("chat")
@pytest.mark.parametrize("end", ["?", "#"], ids=["question-mark", "hash"])
@outcomes(
    callers_path="the path that is asked for is the caller's alone",
    below_it="the path that is asked for is below the caller's",
    another_path="the path that is asked for is another one",
    not_asked="the service is not asked",
)
async def test_path(in_front, server, observed, config, end):
    """The URL ends in `?` or `#`, so that what the provider appends is no part of the path."""
    path = "/latest/meta-data/iam"
    answer = await ask(in_front, config, f"{server.url}{path}{end}")
    targets = [request.target for request in server.requests]
    paths = [urlsplit(target).path.removesuffix("/") for target in targets]
    below = all(each.startswith(f"{path}/") for each in paths)
    outcome = "callers-path" if path in paths else "below-it" if below else "another-path"
    observed(outcome if targets else "not-asked", [*targets, answer])


ODD: dict[str, object] = {
    "short-address": "http://127.1:{port}",
    "decimal-address": "http://2130706433:{port}",
    "mapped-address": "http://[::ffff:127.0.0.1]:{port}",
    "user-and-password": "http://user:pw@127.0.0.1:{port}",
    "misleading-user": "http://api.openai.com@127.0.0.1:{port}",
    "line-break": "http://127.0.0.1:{port}/\r\nx-evil: 1",
    "file": "file:///etc/passwd",
    "no-scheme": "127.0.0.1:{port}",
    "blank": " http://127.0.0.1:{port} ",
    "number": 7,
}


@pytest.mark.needs("chat")
@pytest.mark.parametrize("url", ODD.values(), ids=ODD)
@outcomes(
    asked="the gateway asks the service on loopback",
    split="the service is sent a header that the caller wrote into the URL",
    rejected_400="the caller gets a 400, and nothing is sent",
    refused="the caller gets another 4xx, and nothing is sent",
    server_error="the caller gets a 500 or above, and nothing is sent",
    answered="the caller gets an answer without an error, and nothing is sent",
)
async def test_odd(in_front, server, observed, config, url):
    """The URL is written in another way, or is none."""
    given = url.format(port=urlsplit(server.url).port) if isinstance(url, str) else url
    answer = await ask(in_front, config, given)
    if server.requests:
        split = any("x-evil" in request.headers for request in server.requests)
        observed("split" if split else "asked", answer)
        return
    observed(unsent(answer), answer)

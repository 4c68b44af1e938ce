"""No file that the gateway writes and no line that it logs or prints holds a caller's key."""

import json
import os

import pytest

from conformance.core.model import CouldNotObserveError, Promise, outcomes

PROMISE = Promise(
    slug="key-kept",
    requires="The gateway MUST NOT write a caller's key into a file, a log line, its terminal or "
    "its environment, and MUST NOT show it in an answer or to another vendor, whether the request "
    "succeeds or fails.",
    instead="keep the log and the stores where only the gateway's operator can read them",
    documented="seed: What is this project? (no API keys are stored on the server)",
    bites=frozenset({"kept", "shown", "at-another"}),
    decided_by=("core.request_headers:NeedsRequestProviderData.get_request_provider_data",),
)
pytestmark = pytest.mark.needs("remote::passthrough")

UNKNOWN = "no-such-provider/no-such-model"


async def traffic(gateway, route, data):
    """Chat plainly and streamed, list, and fail in several ways, always with the key."""
    for options in ({}, {"stream": True}):
        await gateway.chat(route.model, data=data, **options)
        await gateway.chat(UNKNOWN, data=data, **options)
        await gateway.chat(route.model, data=data, no_such_field=1, **options)
        await gateway.chat(route.model, data=data | {"passthrough_url": None}, **options)
        await gateway.chat(route.model, data=json.dumps([*data.values()]), **options)


@pytest.mark.scenario("chat")
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(not_kept="no file holds the key", kept="a file holds the key")
async def test_in_files(boot, observed, config, home, provider_data, route):
    """Traffic that succeeds and fails, a shutdown, then every byte the gateway wrote."""
    data = provider_data(route)
    async with boot(config) as run:
        await traffic(run.gateway, route, data)
    files = {f: f.read_bytes() for f in home.parent.rglob("*") if f.is_file()}
    kept = [f.name for f, content in files.items() if data[route.key_field].encode() in content]
    observed("kept" if kept else "not-kept", kept or sorted(f.name for f in files))


@pytest.mark.scenario("chat")
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(not_kept="no log line holds the key", kept="a log line holds the key")
async def test_in_the_log(gateway, log, observed, provider_data, route):
    """The same traffic, and every line the stack logs."""
    data = provider_data(route)
    await traffic(gateway, route, data)
    kept = [line for line in log() if data[route.key_field] in line]
    observed("kept" if kept else "not-kept", kept or f"{len(log())} lines")


@pytest.mark.scenario("chat")
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(not_kept="nothing printed holds the key", kept="something printed holds the key")
async def test_in_the_terminal(gateway, capsys, observed, provider_data, route):
    """The same traffic, and what the stack prints: the tracebacks of failed requests among it."""
    data = provider_data(route)
    await traffic(gateway, route, data)
    printed = "".join(capsys.readouterr())
    kept = [line for line in printed.splitlines() if data[route.key_field] in line]
    observed("kept" if kept else "not-kept", kept or f"{len(printed.splitlines())} lines")


VENDORS = "openai", "gemini", "anthropic"
PAGES = (
    *("/v1/models", "/v1/providers", "/v1/inspect/routes", "/v1/health", "/v1/version"),
    *("/openapi.json", "/docs", "/v1/chat/completions", "/v1/no-such-page"),
)


def marked(loopback, route):
    """Return provider data of a caller whose key the stand-in takes and nothing else holds."""
    data = loopback.data(route)
    return data | {route.key_field: f"{data[route.key_field]}-{route.provider}-marked"}


@pytest.mark.needs("chat")
@pytest.mark.every_route
@outcomes(
    not_shown="no answer holds the key",
    shown="an answer holds the key",
)
async def test_in_answers(loopback, observed, route):
    """The same traffic with a key of its own, then every page of the gateway, with the key."""
    data, answers = marked(loopback, route), []
    for fields in ({}, {"no_such_field": 1}, {"messages": 1}, {"extra_headers": ["x"]}):
        for stream in (False, True):
            chat = await loopback.gateway.chat(route.model, data=data, stream=stream, **fields)
            answers.append(chat)
    loopback.fail(route, error="server-error")
    answers.append(await loopback.gateway.chat(route.model, data=data))
    answers.append(await loopback.gateway.chat(UNKNOWN, data=data))
    answers += [await loopback.gateway.request("GET", page, data=data) for page in PAGES]
    key = data[route.key_field]
    if not any(key in request.headers.get("authorization", "") for request in loopback.received):
        raise CouldNotObserveError(f"the key reached no vendor: {answers[0]}")
    shown = [str(a) for a in answers if key in a.text or key in " ".join(a.headers.values())]
    observed("shown" if shown else "not-shown", shown or f"{len(answers)} answers")


@pytest.mark.needs("chat")
@outcomes(
    own_vendor="each key reaches the vendor it is for, and no other",
    at_another="a key reaches another vendor",
)
async def test_at_other_vendors(loopback, observed, route_to):
    """Three callers with a key for a vendor each: plain, streamed and failing chats."""
    keys = {}
    for vendor in VENDORS:
        route = route_to(vendor)
        data = marked(loopback, route)
        keys[vendor] = data[route.key_field]
        for options in ({}, {"stream": True}, {"no_such_field": 1}):
            await loopback.gateway.chat(route.model, data=data, **options)
        loopback.fail(route, error="server-error", times=3)
        await loopback.gateway.chat(route.model, data=data)
    texts = [(r.upstream, f"{dict(r.headers)} {r.content!r}") for r in loopback.received]
    seen = {(at, owner) for at, text in texts for owner, key in keys.items() if key in text}
    if {(vendor, vendor) for vendor in VENDORS} - seen:
        raise CouldNotObserveError(f"a key has not reached its vendor: {sorted(seen)}")
    others = sorted(pair for pair in seen if pair[0] != pair[1])
    observed("at-another" if others else "own-vendor", others or sorted(seen))


@pytest.mark.needs("chat")
@outcomes(
    not_kept="the process's environment does not hold the key",
    kept="the process's environment holds the key",
)
async def test_in_the_environment(loopback, observed, route):
    """One plain chat, then the variables that the process and its children have."""
    data = marked(loopback, route)
    await loopback.gateway.chat(route.model, data=data)
    kept = [name for name, value in os.environ.items() if data[route.key_field] in value]
    observed("kept" if kept else "not-kept", kept or sorted(os.environ))

"""No file that the gateway writes and no line that it logs or prints holds a caller's key."""

import json

import pytest

from conformance.core.model import Promise, outcomes

PROMISE = Promise(
    slug="key-kept",
    requires="The gateway MUST NOT write a caller's key into a file, a log line or its terminal, "
    "whether the request succeeds or fails.",
    instead="keep the log and the stores where only the gateway's operator can read them",
    documented="seed: What is this project? (no API keys are stored on the server)",
    bites=frozenset({"kept"}),
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

"""What a gateway exports or shows of itself holds no caller's key or prompt."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Promise, outcomes
from conformance.stack import ports

PROMISE = Promise(
    slug="telemetry-kept",
    requires="What the gateway exports or shows of itself, metrics, traces and logs of "
    "OpenTelemetry, MUST NOT hold a caller's key or prompt, whether the request succeeds or fails.",
    instead="export to a collector of your own, and let nobody else reach the page of metrics",
    documented="found by this suite",
    bites=frozenset({"whole"}),
    decided_by=("core.server.server:create_app",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

WRONG_KEY = "sk-of-a-caller-0123456789abcdefghijk"
SECRETS = {"key": WRONG_KEY, "prompt": "PROMPTpromptPROMPT"}
PLACE = "/all"  # other servers of a run export to the same collector
VARIABLES = {
    "FASTAPI_OTEL_AUTO_CONFIGURE": "true",  # read from FastAPI 0.142 on
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    "OTEL_BSP_SCHEDULE_DELAY": "1000",
    "OTEL_BLRP_SCHEDULE_DELAY": "1000",
}
EXPORTED_S = 1.5  # longer than one of these intervals, which are milliseconds


@pytest.fixture(scope="module")
def metrics_port():
    """A port that no other server is given."""
    with ports.reserved() as port:
        yield port


@pytest.fixture
def refused_chat(serve, collector, metrics_port):
    """A way to send a chat whose key the vendor refuses, on a server that exports all it can."""

    async def chat():
        variables = VARIABLES | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url + PLACE}
        page = {"METRICS_ENDPOINT_ENABLED": "true", "METRICS_PORT": str(metrics_port)}
        server = await serve(variables, LOG_FORMAT="json", **page)
        exchange = await server.chat(server.data(WRONG_KEY))
        if not exchange.received:
            raise CouldNotObserveError(f"no request has left: {exchange.answer}")
        await asyncio.sleep(EXPORTED_S)
        await server.process.settled()

    return chat


@pytest.mark.parametrize("what", SECRETS)
@outcomes(
    whole="what is exported has it, whole",
    nothing="metrics, traces or logs are exported, and do not have it",
    not_exported="nothing is exported",
)
async def test_exported(refused_chat, collector, observed, what):
    """An endpoint of OpenTelemetry and `FASTAPI_OTEL_AUTO_CONFIGURE`; a chat that is refused."""
    await refused_chat()
    exported = [(path, body) for path, body in collector.received if path.startswith(PLACE)]
    times = sum(body.count(SECRETS[what].encode()) for _, body in exported)
    kinds = sorted({path.rpartition("/")[2] for path, _ in exported})
    outcome = ("whole" if times else "nothing") if exported else "not-exported"
    observed(outcome, f"{times} times in {len(exported)} requests: {kinds}")


@pytest.mark.parametrize("what", SECRETS)
@outcomes(
    whole="the page has it, whole",
    nothing="the page shows metrics, and does not have it",
    not_served="there is no such page",
)
async def test_metrics_page(refused_chat, metrics_port, observed, what):
    """`METRICS_ENDPOINT_ENABLED=true`, and the same chat; what anyone reads at that port."""
    await refused_chat()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", metrics_port)
    except ConnectionRefusedError:
        observed("not-served", "nothing listens there")
        return
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    page = await reader.read()
    writer.close()
    outcome = "whole" if SECRETS[what].encode() in page else "nothing"
    observed(outcome, f"{len(page)} bytes")

"""Variables of the server's environment, meant for OpenAI, go along with every caller's request."""

import asyncio

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="server-environment",
    happens="`OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` of the server are sent to every passthrough "
    "provider's vendor, with the caller's key",
    why="vendors learn what is not for them, and OpenAI refuses a caller's key that does not "
    "belong to that organization",
    example="OPENAI_ORG_ID=org-1 llama stack run run.yaml",
    instead="start the server without `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID` and "
    "`OPENAI_CUSTOM_HEADERS`; its `OPENAI_API_KEY` is not used unless the config "
    "names it; `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and "
    "`SSL_CERT_DIR` are obeyed and of use",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.CONFIG}),
    bites=frozenset({"sent", "used", "whole"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

WRONG_KEY = "sk-of-a-caller-0123456789abcdefghijk"
WORDS = "PROMPTpromptPROMPT"
OWN_KEY = "sk-of-the-server-0123456789abcdef"
VARIABLES = {
    "OPENAI_ORG_ID": "org-of-the-server",
    "OPENAI_PROJECT_ID": "proj-of-the-server",
    "OPENAI_CUSTOM_HEADERS": "X-Own: of-the-server",
    "OPENAI_API_KEY": OWN_KEY,
    "HTTP_PROXY": "{gemini}",
    "HTTPS_PROXY": "{tunnel}",
    "NO_PROXY": "localhost",
    "SSL_CERT_FILE": "{authority}",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "{collector}",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    "OTEL_BSP_SCHEDULE_DELAY": "1000",
}
EXPORTED_S = 1.5  # longer than one of these intervals, which are milliseconds
SENT = {"sent": "the vendor receives it", "kept": "the vendor receives nothing of it"}
OBEYED = {"obeyed": "the request goes that way", "ignored": "the request goes as if it were unset"}


@pytest.fixture
def start(serve, secured, collector):
    """A way to have the server with all these variables."""
    places = {
        "{tunnel}": secured.tunnel.url,
        "{authority}": secured.authority,
        "{collector}": collector.url,
    }
    variables = {name: places.get(value, value) for name, value in VARIABLES.items()}
    return lambda: serve(variables, providers=secured.providers, LOG_FORMAT="json")


@pytest.fixture
def send(start):
    """A way to send a chat through a provider of that server."""

    async def chat(provider, key):
        server = await start()
        return await server.chat(server.data(key) if key else None, model=f"{provider}/gpt-4o")

    return chat


async def received(send, provider, key):
    """Return the request that a chat sent."""
    exchange = await send(provider, key)
    if not exchange.received:
        raise CouldNotObserveError(f"no request has left: {exchange.answer}")
    return exchange.received[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("openai-organization", VARIABLES["OPENAI_ORG_ID"]),
        ("openai-project", VARIABLES["OPENAI_PROJECT_ID"]),
        ("x-own", "of-the-server"),
    ],
    ids=["organization", "project", "custom-headers"],
)
@outcomes(**SENT)
async def test_sent(send, observed, stand_in_key, field, value):
    """A chat of a caller with a key, on a server with the variable that means this field."""
    request = await received(send, "local", stand_in_key)
    found = {name.lower(): text for name, text in request.headers.items()}.get(field)
    observed("sent" if found == value else "kept", f"{field}: {found}")


@outcomes(
    used="the vendor receives the server's key",
    kept="the vendor receives a request without it",
    refused="nothing is sent",
)
async def test_own_key(send, observed):
    """`OPENAI_API_KEY`, and a caller who sends no key."""
    exchange = await send("local", None)
    if not exchange.received:
        observed("refused", exchange.answer)
        return
    used = any(OWN_KEY in text for text in exchange.received[0].headers.values())
    observed("used" if used else "kept", f"{len(exchange.received)} requests sent")


@outcomes(**OBEYED)
async def test_http_proxy(send, observed, stand_in_key):
    """`HTTP_PROXY`, which names another stand-in."""
    request = await received(send, "openai", stand_in_key)
    observed("obeyed" if request.upstream == "gemini" else "ignored", request.upstream)


@outcomes(**OBEYED)
async def test_no_proxy(send, observed, stand_in_key):
    """`NO_PROXY=localhost`, for a provider whose `base_url` begins so, beside `HTTP_PROXY`."""
    request = await received(send, "local", stand_in_key)
    observed("ignored" if request.upstream == "gemini" else "obeyed", request.upstream)


async def secure_chat(send, secured, provider, key):
    """Return what a chat with the vendor that speaks HTTPS asked of the proxy, and its answer.

    Raises `CouldNotObserveError` if no answer comes.
    """
    known = len(secured.tunnel.asked)
    exchange = await send(provider, key)
    if exchange.answer is None:
        raise CouldNotObserveError("the connection broke before an answer came")
    return secured.tunnel.asked[known:], exchange.answer


@outcomes(**OBEYED)
async def test_https_proxy(send, secured, observed, stand_in_key):
    """`HTTPS_PROXY`, for a vendor that speaks HTTPS."""
    asked, answer = await secure_chat(send, secured, "secure", stand_in_key)
    observed("obeyed" if asked else "ignored", f"{asked}, HTTP {answer.status}")


@outcomes(**OBEYED)
async def test_no_proxy_https(send, secured, observed, stand_in_key):
    """`NO_PROXY=localhost`, for that vendor at `localhost`, beside `HTTPS_PROXY`."""
    asked, answer = await secure_chat(send, secured, "secure-local", stand_in_key)
    observed("ignored" if asked else "obeyed", f"{asked}, HTTP {answer.status}")


@outcomes(trusted="the vendor's answer arrives", refused="no answer of the vendor arrives")
async def test_certificate_file(send, secured, observed, stand_in_key):
    """`SSL_CERT_FILE`, for that vendor, whose certificate no other authority has signed."""
    _, answer = await secure_chat(send, secured, "secure-local", stand_in_key)
    observed("trusted" if answer.status == 200 else "refused", f"HTTP {answer.status}")


@pytest.fixture
def exports(start, send, collector):
    """A way to send a chat whose key the vendor refuses, and have all that was exported so far."""

    async def exported():
        exchange = await send("local", WRONG_KEY)
        if not exchange.received:
            raise CouldNotObserveError(f"no request has left: {exchange.answer}")
        await asyncio.sleep(EXPORTED_S)
        await (await start()).process.settled()
        return list(collector.received)

    return exported


@pytest.mark.parametrize("what", ["key", "prompt"])
@outcomes(
    whole="the exported metrics or traces have it, whole",
    nothing="metrics or traces are exported, and do not have it",
    not_exported="neither metrics nor traces are exported",
)
async def test_exported(exports, observed, what):
    """`OTEL_EXPORTER_OTLP_ENDPOINT`, and a chat with a key that the vendor refuses."""
    secret = {"key": WRONG_KEY, "prompt": WORDS}[what].encode()
    exported = await exports()
    found = sum(body.count(secret) for _, body in exported)
    evidence = f"{found} times in {len(exported)} requests to {sorted({p for p, _ in exported})}"
    observed(("whole" if found else "nothing") if exported else "not-exported", evidence)


@outcomes(
    exported="traces are exported",
    not_exported="no trace is exported",
)
async def test_traces(exports, observed):
    """The same; whether there are traces among what is exported."""
    paths = sorted({path for path, _ in await exports()})
    observed("exported" if "/v1/traces" in paths else "not-exported", paths)

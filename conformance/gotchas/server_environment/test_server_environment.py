"""Variables of the server's environment, meant for OpenAI, go along with every caller's request."""

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
    instead="start the server without `OPENAI_…` variables; `HTTP_PROXY` and `NO_PROXY` are obeyed "
    "and of use",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.CONFIG}),
    bites=frozenset({"sent", "used"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

OWN_KEY = "sk-of-the-server-0123456789abcdef"
VARIABLES = {
    "OPENAI_ORG_ID": "org-of-the-server",
    "OPENAI_PROJECT_ID": "proj-of-the-server",
    "OPENAI_CUSTOM_HEADERS": "X-Own: of-the-server",
    "OPENAI_API_KEY": OWN_KEY,
    "HTTP_PROXY": "{gemini}",
    "NO_PROXY": "localhost",
}
SENT = {"sent": "the vendor receives it", "kept": "the vendor receives nothing of it"}
OBEYED = {"obeyed": "the request goes that way", "ignored": "the request goes as if it were unset"}


async def chat(serve, provider, key):
    """Send a chat through a provider of the server with all these variables."""
    server = await serve(VARIABLES, LOG_FORMAT="json")
    return await server.chat(server.data(key) if key else None, model=f"{provider}/gpt-4o")


async def received(serve, provider, key):
    """Return the request that a chat sent."""
    exchange = await chat(serve, provider, key)
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
async def test_sent(serve, observed, stand_in_key, field, value):
    """A chat of a caller with a key, on a server with the variable that means this field."""
    request = await received(serve, "local", stand_in_key)
    found = {name.lower(): text for name, text in request.headers.items()}.get(field)
    observed("sent" if found == value else "kept", f"{field}: {found}")


@outcomes(
    used="the vendor receives the server's key",
    kept="the vendor receives a request without it",
    refused="nothing is sent",
)
async def test_own_key(serve, observed):
    """`OPENAI_API_KEY`, and a caller who sends no key."""
    exchange = await chat(serve, "local", None)
    if not exchange.received:
        observed("refused", exchange.answer)
        return
    used = any(OWN_KEY in text for text in exchange.received[0].headers.values())
    observed("used" if used else "kept", f"{len(exchange.received)} requests sent")


@outcomes(**OBEYED)
async def test_http_proxy(serve, observed, stand_in_key):
    """`HTTP_PROXY`, which names another stand-in."""
    request = await received(serve, "openai", stand_in_key)
    observed("obeyed" if request.upstream == "gemini" else "ignored", request.upstream)


@outcomes(**OBEYED)
async def test_no_proxy(serve, observed, stand_in_key):
    """`NO_PROXY=localhost`, for a provider whose `base_url` begins so, beside `HTTP_PROXY`."""
    request = await received(serve, "local", stand_in_key)
    observed("ignored" if request.upstream == "gemini" else "obeyed", request.upstream)

"""`OPENAI_LOG` writes prompts to the log; other variables of the SDK reach no vendor."""

from pathlib import Path

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity

GOTCHA = Gotcha(
    slug="sdk-variables",
    happens="`OPENAI_LOG=debug` in the server's environment writes prompts to console or log, "
    "`SSLKEYLOGFILE` what decrypts its connections",
    why="who looks for a fault and sets one of them keeps what callers write, in a place meant "
    "for operators; with the second, who has recorded the traffic reads their keys, too",
    example="OPENAI_LOG=debug llama stack run run.yaml",
    instead="leave both unset; requests can be read at a proxy between the gateway and the vendor",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.KEY, Exposed.TEXT}),
    bites=frozenset({"prompt", "key", "sent", "obeyed", "secrets-written"}),
    worst=frozenset({"key"}),
    decided_by=("providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter",),
)
pytestmark = pytest.mark.needs("process", "remote::passthrough", "chat")

ADMIN_KEY = "sk-admin-of-the-server-0123456789abcdef"
WORDS = "PROMPTpromptPROMPT"  # of every chat
SECRET = "whsec_b2YtdGhlLXNlcnZlcg=="  # noqa: S105 - made up
VARIABLES = {
    "OPENAI_LOG": "debug",
    "OPENAI_BASE_URL": "{gemini}/v1",
    "OPENAI_ADMIN_KEY": ADMIN_KEY,
    "OPENAI_WEBHOOK_SECRET": SECRET,
}
SENT = {
    "sent": "the vendor receives it",
    "kept": "the vendor receives a request without it",
    "refused": "nothing is sent",
}


async def chat(serve, key):
    """Send a chat, of a caller with or without a key, on a server with all these variables."""
    server = await serve(VARIABLES, LOG_FORMAT="json")
    return await server.chat(server.data(key) if key else None)


def where(exchange, value):
    """Return the outcome and the evidence for a value that may have left with a chat."""
    if not exchange.received:
        return "refused", exchange.answer
    found = [name for name, text in exchange.received[0].headers.items() if value in text]
    return ("sent" if found else "kept"), f"in headers: {found}"


@outcomes(
    nothing="neither the prompt nor the key",
    prompt="the prompt, not the key",
    key="the key",
)
async def test_log(serve, observed, stand_in_key):
    """`OPENAI_LOG=debug`: what of a chat is on the console or in the log file."""
    exchange = await chat(serve, stand_in_key)
    written = exchange.console + exchange.log
    key, prompt = stand_in_key in written, WORDS in written
    observed(
        "key" if key else "prompt" if prompt else "nothing",
        f"console: {len(exchange.console)} characters, log file: {len(exchange.log)}",
    )


@outcomes(
    obeyed="the request goes there",
    ignored="the request goes to the provider's `base_url`",
)
async def test_base_url(serve, observed, stand_in_key):
    """`OPENAI_BASE_URL`, which names another stand-in."""
    exchange = await chat(serve, stand_in_key)
    if not exchange.received:
        raise CouldNotObserveError(f"no request has left: {exchange.answer}")
    vendor = exchange.received[0].upstream
    observed("obeyed" if vendor == "gemini" else "ignored", vendor)


@outcomes(**SENT)
async def test_webhook_secret(serve, observed, stand_in_key):
    """`OPENAI_WEBHOOK_SECRET`, and a caller with a key."""
    observed(*where(await chat(serve, stand_in_key), SECRET))


@outcomes(**SENT)
async def test_admin_key(serve, observed, stand_in_key):
    """`OPENAI_ADMIN_KEY`, and a caller with a key."""
    observed(*where(await chat(serve, stand_in_key), ADMIN_KEY))


@outcomes(**SENT)
async def test_admin_key_without_another(serve, observed):
    """`OPENAI_ADMIN_KEY`, and a caller who sends no key."""
    observed(*where(await chat(serve, None), ADMIN_KEY))


@outcomes(
    secrets_written="the file has what decrypts the connections to the vendor, keys among it",
    not_written="the file has nothing of the kind, or is not there",
)
async def test_tls_key_log(serve, secured, observed, stand_in_key):
    """`SSLKEYLOGFILE`, and a chat with a vendor that speaks HTTPS."""
    file = Path(secured.authority).with_name("tls-secrets")
    variables = {"SSLKEYLOGFILE": str(file), "SSL_CERT_FILE": secured.authority}
    server = await serve(variables, providers=secured.providers, LOG_FORMAT="json")
    exchange = await server.chat(server.data(stand_in_key), model="secure-local/gpt-4o")
    if exchange.answer is None or exchange.answer.status != 200:
        raise CouldNotObserveError(f"the vendor has not answered: {exchange.answer}")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    names = sorted({line.split()[0] for line in text.splitlines() if line[:1].isalpha()})
    observed("secrets-written" if "CLIENT_TRAFFIC_SECRET_0" in names else "not-written", names)


@pytest.fixture
def send(serve, secured, stand_in_key):
    """A way to send a chat on a server with a proxy and authorities for whatever names no other."""
    variables = {
        "ALL_PROXY": "{gemini}",
        "NO_PROXY": "localhost",
        "SSL_CERT_DIR": secured.authorities,
    }

    async def chat(provider):
        server = await serve(variables, providers=secured.providers, LOG_FORMAT="json")
        return await server.chat(server.data(stand_in_key), model=f"{provider}/gpt-4o")

    return chat


@outcomes(through_it="the request goes through the proxy", past_it="the request goes past it")
async def test_all_proxy(send, observed):
    """`ALL_PROXY`, which names another stand-in, and no other variable of that kind."""
    exchange = await send("openai")
    if not exchange.received:
        raise CouldNotObserveError(f"no request has left: {exchange.answer}")
    vendor = exchange.received[0].upstream
    observed("through-it" if vendor == "gemini" else "past-it", vendor)


@outcomes(trusted="the vendor's answer arrives", untrusted="no answer of the vendor arrives")
async def test_certificate_directory(send, observed):
    """`SSL_CERT_DIR`, for a vendor whose certificate no other authority has signed."""
    answer = (await send("secure-local")).answer
    if answer is None:
        raise CouldNotObserveError("the connection broke before an answer came")
    observed("trusted" if answer.status == 200 else "untrusted", f"HTTP {answer.status}")

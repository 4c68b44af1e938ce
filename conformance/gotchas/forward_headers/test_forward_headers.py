"""`forward_headers` sends fields of the provider data on as headers, unchecked and unmissed."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="forward-headers",
    happens="`forward_headers` has no effect before 0.7.0; later a request without the field is "
    "sent to the vendor all the same",
    why="a release that does not know the section boots with it and sends what it names nowhere; "
    "one that knows it forwards whatever the caller put there, a list as Python source, and "
    "leaves out what is missing without a word to the caller",
    example="config:\n  base_url: …\n  forward_headers: {tenant: X-Tenant}",
    instead="have the vendor refuse requests that lack the header; forbid headers that your "
    "vendor trusts with `extra_blocked_headers`, which keeps a config that names them from booting",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=frozenset({"ignored", "sent-without", "python-source", "split"}),
    decided_by=(
        "providers.utils.forward_headers:build_forwarded_headers",
        "providers.utils.forward_headers:validate_forward_headers_config",
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._build_request_headers"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

MODEL = "any/gpt-4o"
NAME = "X-Tenant"
TENANT = {"tenant": NAME}
OWN_KEY = "sk-proj-standin-of-the-config"
VALUES = {
    "text": ("ours", "ours"),
    "number": (7, "7"),
    "list": (["ours"], "ours"),
    "line-break": ("ours\r\nx-evil: 1", "oursx-evil: 1"),
}


async def chat(in_front, config, fields, settings):
    """Chat with more provider data and settings; return the gateway, what arrived, the answer."""
    entry = configs.provider("any", base_url="https://api.openai.com", **settings)
    front = await in_front(configs.inference(config, [entry]))
    if front.failure:
        return front, None, front.failure
    answer = await front.gateway.chat(MODEL, data=front.data("openai") | fields)
    chats = [r for r in front.received if r.path.endswith("/chat/completions")]
    return front, next(iter(chats), None), answer


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@outcomes(
    forwarded="the vendor is sent the header, with the field as its value",
    python_source="the vendor is sent the header, with Python source as its value",
    split="the vendor is sent another header too, which the caller wrote into the value",
    altered="the vendor is sent the header, with something else as its value",
    ignored="the vendor is not sent the header",
    not_sent="the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_value(in_front, observed, config, value):
    """`forward_headers: {tenant: X-Tenant}`, and a caller who sends such a `tenant`."""
    given, wanted = value
    settings = {"forward_headers": TENANT}
    front, request, answer = await chat(in_front, config, {"tenant": given}, settings)
    if request is None:
        observed("boot-fails" if front.failure else "not-sent", answer)
        return
    got = request.headers.get(NAME.lower())
    names = {str(given): "python-source", wanted: "forwarded", None: "ignored"}
    split = "x-evil" in request.headers
    observed("split" if split else names.get(got, "altered"), f"{got!r} {answer}")


@outcomes(
    sent_without="the vendor is asked, without the header",
    sent_with="the vendor is asked, with the header",
    refused="the caller gets a 4xx, and the vendor is not asked",
    server_error="the caller gets a 500 or above, and the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_missing(in_front, observed, config):
    """The same section, and a caller who sends no `tenant`."""
    front, request, answer = await chat(in_front, config, {}, {"forward_headers": TENANT})
    if request is None:
        observed("boot-fails" if front.failure else answer.trouble, answer)
        return
    observed("sent-with" if NAME.lower() in request.headers else "sent-without", answer)


@pytest.mark.parametrize("own", [False, True], ids=["callers-key", "configs-key"])
@outcomes(
    callers="the bearer token is the caller's key",
    configs="the bearer token is the config's key",
    forwarded="the bearer token is the forwarded one",
    several="there is more than one such header",
    another="there is another bearer token, or none",
    not_sent="the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_authorization(in_front, observed, config, own):
    """A field forwarded as `Authorization`, beside a key: the caller's, or one in the config."""
    settings: dict[str, object] = {"forward_headers": {"token": "Authorization"}}
    settings |= {"api_key": OWN_KEY} if own else {}
    sent = {"token": "Bearer sk-proj-standin-forwarded"}
    front, request, answer = await chat(in_front, config, sent, settings)
    if request is None:
        observed("boot-fails" if front.failure else "not-sent", answer)
        return
    names = {
        sent["token"]: "forwarded",
        f"Bearer {front.data('openai')['passthrough_api_key']}": "callers",
        f"Bearer {OWN_KEY}": "configs",
    }
    bearer = request.headers.get("authorization", "")
    observed("several" if ", " in bearer else names.get(bearer, "another"), answer)


TRUSTED = {
    "host": "Host",
    "cookie": "Cookie",
    "forwarded-for": "X-Forwarded-For",
    "in-lower-case": "content-length",
    "another-credential": "X-Api-Key",
    "inner-field": "__authenticated_user",
}


def booted(failure, name):
    """Return whether the stack booted, or refused to because of the header or field."""
    texts = f"header '{name}' is blocked", f"provider key '{name}' uses reserved"
    named = any(text in str(failure) for text in texts)
    return "boots" if failure is None else "blocked" if named else "boot-fails"


@pytest.mark.parametrize("name", TRUSTED.values(), ids=TRUSTED)
@outcomes(
    blocked="the stack does not boot, and says that the header is blocked or the field reserved",
    boot_fails="the stack does not boot, for another reason",
    boots="the stack boots",
)
async def test_blocked(in_front, observed, config, name):
    """`forward_headers` that names a header with a meaning of its own, or a field of the stack."""
    pair = {name: "X-User"} if name.startswith("__") else {"field": name}
    front, _, answer = await chat(in_front, config, {}, {"forward_headers": pair})
    observed(booted(front.failure, name), answer)


@outcomes(
    blocked="the stack does not boot, and says that the header is blocked",
    boot_fails="the stack does not boot, for another reason",
    boots="the stack boots",
)
async def test_blocked_by_the_operator(in_front, observed, config):
    """The workaround: `extra_blocked_headers: [x-tenant]` beside `forward_headers: X-Tenant`."""
    settings = {"forward_headers": TENANT, "extra_blocked_headers": [NAME.lower()]}
    front, _, answer = await chat(in_front, config, {}, settings)
    observed(booted(front.failure, NAME), answer)

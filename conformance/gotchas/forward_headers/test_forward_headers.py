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
    seen = "forwarded" if got == wanted else "python-source" if got == str(given) else "ignored"
    observed("split" if "x-evil" in request.headers else seen, f"{got!r} {answer}")


@outcomes(
    sent_without="the vendor is asked, without the header",
    refused="the caller gets an error, and the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_missing(in_front, observed, config):
    """The same section, and a caller who sends no `tenant`."""
    front, request, answer = await chat(in_front, config, {}, {"forward_headers": TENANT})
    outcome = "boot-fails" if front.failure else "refused"
    observed("sent-without" if request else outcome, answer)


@pytest.mark.parametrize("own", [False, True], ids=["callers-key", "configs-key"])
@outcomes(
    key="the bearer token is the key",
    forwarded="the bearer token is the forwarded one",
    both="there are two such headers",
    not_sent="the vendor is not asked",
    boot_fails="the stack does not boot",
)
async def test_authorization(in_front, observed, config, own):
    """A field forwarded as `Authorization`, beside a key: the caller's, or one in the config."""
    settings: dict[str, object] = {"forward_headers": {"token": "Authorization"}}
    settings |= {"api_key": "sk-proj-standin-of-the-config"} if own else {}
    sent = {"token": "Bearer sk-proj-standin-forwarded"}
    front, request, answer = await chat(in_front, config, sent, settings)
    if request is None:
        observed("boot-fails" if front.failure else "not-sent", answer)
        return
    bearer = request.headers["authorization"]
    outcome = "forwarded" if bearer == sent["token"] else "key"
    observed("both" if "," in bearer else outcome, answer)


TRUSTED = {
    "host": "Host",
    "cookie": "Cookie",
    "forwarded-for": "X-Forwarded-For",
    "in-lower-case": "content-length",
    "another-credential": "X-Api-Key",
    "inner-field": "__authenticated_user",
}


@pytest.mark.parametrize("name", TRUSTED.values(), ids=TRUSTED)
@outcomes(
    boot_fails="the stack does not boot, and says that the header is blocked or the field reserved",
    boots="the stack boots",
)
async def test_blocked(in_front, observed, config, name):
    """`forward_headers` that names a header with a meaning of its own, or a field of the stack."""
    pair = {name: "X-User"} if name.startswith("__") else {"field": name}
    front, _, answer = await chat(in_front, config, {}, {"forward_headers": pair})
    observed("boot-fails" if front.failure else "boots", answer)


@outcomes(
    boot_fails="the stack does not boot, and says that the header is blocked",
    boots="the stack boots",
)
async def test_blocked_by_the_operator(in_front, observed, config):
    """The workaround: `extra_blocked_headers: [x-tenant]` beside `forward_headers: X-Tenant`."""
    settings = {"forward_headers": TENANT, "extra_blocked_headers": [NAME.lower()]}
    front, _, answer = await chat(in_front, config, {}, settings)
    observed("boot-fails" if front.failure else "boots", answer)

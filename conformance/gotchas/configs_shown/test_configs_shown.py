"""Any caller can read the config of every provider, with what only its author takes for secret."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="configs-shown",
    happens="`GET /v1/providers` shows anyone each provider's config; only fields named like "
    "`api_key`, `password` or `token` are masked",
    why="everybody can read a password inside a URL, a cookie or a key under a name of another "
    "kind, before 1.1.0 also `Authorization` and `apikey`; `/v1alpha/admin/providers` shows the "
    "same",
    example="base_url: https://user:password@proxy.example.com",
    instead="keep secrets out of URLs and headers of the config; block both paths in front of "
    "the gateway, or require a token with `server.auth`: its holders still read all",
    documented="found by this suite",
    severity=Severity.CRITICAL,
    exposes=frozenset({Exposed.KEY, Exposed.CONFIG}),
    bites=frozenset({"shown", "served-too"}),
    decided_by=(
        "core.providers:ProviderImpl.list_providers",
        "core.admin:AdminImpl.list_providers",
        "core.utils.config:redact_sensitive_fields",
    ),
)

pytestmark = [pytest.mark.scenario("catalogue-with-key"), pytest.mark.needs("remote::passthrough")]

URL = "https://api.openai.com"
WORD = "told-to-nobody"
MASK = "***"
SECRETS = {
    "misspelt-key": configs.provider("misspelt-key", base_url=URL, apikey=WORD),
    "url": configs.provider("url", base_url=URL.replace("//", f"//user:{WORD}@")),
    "header": configs.provider(
        "header", base_url=URL, network={"headers": {"Authorization": f"Basic {WORD}"}}
    ),
    "cookie": configs.provider(
        "cookie", base_url=URL, network={"headers": {"Cookie": f"session={WORD}"}}
    ),
    "other-name": configs.provider("other-name", base_url=URL, passwd=WORD),
    "token": configs.provider("token", base_url=URL, token_of_the_proxy=WORD),
    "password": configs.provider("password", base_url=URL, proxy_password=WORD),
}


@pytest.mark.parametrize("name", SECRETS)
@outcomes(
    shown="the secret is shown",
    masked="the provider is shown, and asterisks in place of the secret",
    left_out="the provider is shown, without the secret and without asterisks",
    not_shown="the provider is not shown",
    refused="the request is refused with a 4xx",
    server_error="the caller gets a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_secret(share, observed, config, name):
    """A caller without a key asks for the providers, one of which has a secret in its config."""
    run = await share(configs.inference(config, [SECRETS[name]]))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.request("GET", "/v1/providers")
    rows = (answer.json() or {}).get("data", []) if answer.status == 200 else []
    entry = next((row for row in rows if row.get("provider_id") == name), None)
    found = {WORD: "shown", MASK: "masked"}
    shown = next((each for text, each in found.items() if text in str(entry)), "left-out")
    observed(answer.trouble or (shown if entry else "not-shown"), entry or answer)


@outcomes(
    served_too="the very same is shown there as at `/v1/providers`",
    differs="something else is shown there than at `/v1/providers`",
    not_found="there is no such path",
    refused="the request is refused with another 4xx",
    server_error="the caller gets a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_path_for_administrators(share, observed, config):
    """A caller without a key asks at `/v1alpha/admin/providers`."""
    run = await share(configs.inference(config, [SECRETS["misspelt-key"]]))
    if run.failure is not None:
        observed("boot-fails", run.failure)
        return
    usual = await run.gateway.request("GET", "/v1/providers")
    if usual.status != 200:
        raise CouldNotObserveError(f"nothing to compare with: {usual}")
    answer = await run.gateway.request("GET", "/v1alpha/admin/providers")
    shown = "served-too" if answer.json() == usual.json() else "differs"
    observed("not-found" if answer.status == 404 else answer.trouble or shown, answer)


@pytest.mark.parametrize("name", ["alice", None], ids=["with-token", "without-token"])
@outcomes(
    shown="the secret is shown",
    not_shown="the request is served, and the secret is not shown",
    refused="the request is refused with a 4xx",
    server_error="the caller gets a 500 or above",
    boot_fails="the stack does not boot",
)
async def test_with_auth(in_front, identities, token_of, observed, config, name):
    """With `server.auth`: a caller who has a token, or none, asks for the providers."""
    asked = identities.asked_by(configs.inference(config, [SECRETS["other-name"]]))
    front = await in_front(asked)
    if front.failure:
        observed("boot-fails", front.failure)
        return
    headers = token_of(name) if name else {}
    answer = await front.gateway.request("GET", "/v1/providers", headers=headers)
    shown = "shown" if WORD in answer.text else "not-shown"
    observed(answer.trouble or shown, answer)

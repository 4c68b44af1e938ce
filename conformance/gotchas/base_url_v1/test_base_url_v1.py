"""A `base_url` that ends in `/v1`, as every vendor documents its own, is given another `/v1`."""

import pytest

from conformance.core.model import Claim, Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="base-url-v1",
    happens="`/v1` is appended to whatever `base_url` contains, so a vendor's documented URL "
    "leads to `/v1/v1/chat/completions`",
    why="the boot succeeds, and every chat fails with the vendor's 404",
    example="base_url: https://api.anthropic.com/v1/",
    instead="write `base_url: https://api.anthropic.com`; a trailing slash does no harm",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"doubled", "boot-fails"}),
    claims=(
        Claim(
            says="Anthropic exposes an OpenAI-compatible endpoint: `https://api.anthropic.com/v1/`.",
            section="The Big Decision: the `remote::passthrough` solution",
            check="path-documented-url",
            confirmed=frozenset({"as-documented"}),
            imprecise=frozenset({"doubled"}),
            really="it is the vendor's address, but no `base_url`: that must lack the `/v1`",
        ),
    ),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

MODEL = "claude-sonnet-4-5"
DATA = {"passthrough_url": "https://unused.test", "passthrough_api_key": "x"}
URLS = {
    "origin": "https://api.anthropic.com",
    "final-slash": "https://api.anthropic.com/",
    "documented-url": "https://api.anthropic.com/v1/",
}


@pytest.mark.scenario("base-url")
@pytest.mark.parametrize("name", URLS)
@outcomes(
    as_documented="the vendor is asked at `/v1/chat/completions`",
    doubled="the vendor is asked at `/v1/v1/chat/completions`",
    elsewhere="the vendor is asked at another path",
    boot_fails="the stack does not boot",
    not_sent="the vendor is not asked",
)
async def test_path(share, config, sent, observed, name):
    """One plain chat with a provider of this `base_url`."""
    provider = configs.provider("any", base_url=URLS[name])
    run = await share(configs.inference(config, [provider], [configs.model("any", MODEL)]))
    if run.failure:
        observed("boot-fails", run.failure)
        return
    answer = await run.gateway.chat(f"any/{MODEL}", data=DATA)
    known = {
        "https://api.anthropic.com/v1/chat/completions": "as-documented",
        "https://api.anthropic.com/v1/v1/chat/completions": "doubled",
    }
    chats = [request for request in sent if request.method == "POST"]
    outcome = known.get(chats[0].url, "elsewhere") if chats else "not-sent"
    observed(outcome, [*map(str, sent), answer])

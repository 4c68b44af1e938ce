"""A vendor's redirect sends the prompt of a caller to whatever host it names."""

import pytest

from conformance.core.model import CouldNotObserveError, Gotcha, outcomes
from conformance.core.severity import Exposed, Severity
from conformance.stack import configs

GOTCHA = Gotcha(
    slug="redirects",
    happens="a redirect of the vendor is followed, to any host; with 307 and 308 the prompt goes "
    "along",
    why="a vendor, or whoever answers in its name, can have a prompt read elsewhere and make the "
    "gateway ask hosts inside its own network; a redirect to itself is asked 63 times for one "
    "request",
    example="HTTP/1.1 307 Temporary Redirect\nlocation: http://10.0.0.7/",
    instead="let requests leave through a proxy that knows the vendors' hosts and no others: set "
    "`HTTPS_PROXY` for the server",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    exposes=frozenset({Exposed.TEXT}),
    bites=frozenset(
        {"key-and-prompt", "prompt", "three-times-twenty-one", "twenty-one", "past-the-proxy"}
    ),
    worst=frozenset({"key-and-prompt"}),
    decided_by=(
        (
            "providers.remote.inference.passthrough.passthrough:"
            "PassthroughInferenceAdapter._get_openai_client"
        ),
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.needs("chat")
@pytest.mark.parametrize("status", REDIRECTS, ids=map(str, REDIRECTS))
@outcomes(
    key_and_prompt="the other host is sent the caller's key and prompt",
    prompt="the other host is sent the prompt, and no key",
    neither="the other host is asked, and is sent neither key nor prompt",
    not_followed="the other host is not asked",
)
async def test_followed(in_front, server, other_server, observed, config, status):
    """The vendor of a provider with a `base_url` redirects a chat to another host."""
    server.answers(status, {}, {"location": f"{other_server.url}/v1/chat/completions"})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    data = {"passthrough_url": server.url, "passthrough_api_key": "callers-own"}
    other_server.requests.clear()  # some releases ask for a list on booting
    answer = await front.gateway.chat("any/m", data=data)
    text = "".join(request.text for request in other_server.requests)
    told = "prompt" if "Say hello." in text else "neither"
    sent = "key-and-prompt" if "callers-own" in text else told
    observed(sent if text else "not-followed", answer)


HOPS = 20  # that the SDK inside the stack follows
LOOP = {3 * (HOPS + 1): "three-times-twenty-one", HOPS + 1: "twenty-one", 1: "one"}


@outcomes(
    three_times_twenty_one="the vendor is asked 63 times: three attempts follow 20 redirects each",
    twenty_one="the vendor is asked 21 times",
    one="the vendor is asked once",
)
async def test_loop(in_front, server, observed, config):
    """The vendor redirects every request to itself."""
    server.answers(307, {}, {"location": f"{server.url}/v1/chat/completions"})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    answer = await front.gateway.chat("any/m", data=front.data("openai"))
    asked = sum(request.method == "POST" for request in server.requests)
    if asked not in LOOP:
        raise CouldNotObserveError(f"the vendor was asked {asked} times: {answer}")
    observed(LOOP[asked], f"{asked} requests; {answer}")


@pytest.mark.needs("process")
@outcomes(
    stopped="the proxy is asked for the other host, too, and can keep the prompt from it",
    past_the_proxy="the other host is asked without the proxy",
    not_followed="nobody is asked for the other host",
)
async def test_through_a_proxy(serve, server, other_server, observed, stand_in_key):
    """The workaround: requests leave through a proxy, which passes none on to the other host."""
    moved = {"location": f"{other_server.url}/v1/chat/completions"}
    server.answers(307, {}, moved)
    entry = configs.provider("any", base_url="http://vendor.test")  # resolved by none: RFC 2606
    proxied = await serve({"HTTP_PROXY": server.url}, providers=[entry], LOG_FORMAT="json")
    server.requests.clear()
    answer = (await proxied.chat(proxied.data(stand_in_key), model="any/gpt-4o")).answer
    asked = [request.target for request in server.requests]
    if not asked:
        raise CouldNotObserveError(f"the proxy is not asked: {answer}")
    stopped = "stopped" if any(other_server.url in target for target in asked) else "not-followed"
    observed("past-the-proxy" if other_server.requests else stopped, f"{asked[:2]} {answer}")

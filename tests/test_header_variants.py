"""Whatever a caller puts into the header, no key goes astray; whatever into the body, no 500.

The checks look at chosen variants; here Hypothesis makes them up, against one booted gateway. What
does give a 500 is an outcome of the gotcha `bad-requests`, by its smallest example.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from conformance import shipped
from conformance.cassettes.library import Library
from conformance.cassettes.replay import play
from conformance.core import releases
from conformance.stack import configs
from conformance.stack.booting import boot
from conformance.stack.client import Gateway
from conformance.stack.sandbox import closed_network
from conformance.vendors import UPSTREAMS
from tests.support.examples import given, settings
from tests.support.examples import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.cassettes.replay import Tape
    from conformance.stack.client import Answer

pytestmark = pytest.mark.filterwarnings("ignore")  # the stack's warnings are its own

MODEL, PATH = "openai/gpt-4o", "/v1/chat/completions"
BOTH = {"passthrough_url": "https://api.openai.com", "passthrough_api_key": "sk-made-up-4f9a"}
FACTS = releases.facts(releases.installed())
OTHER_FIELDS = st.text(min_size=1).filter(lambda name: name not in BOTH)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(OTHER_FIELDS, inside),
    max_leaves=5,
)
KEYS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", min_size=1)
few = settings(max_examples=25)
# Whatever is in them, also what no vendor takes; not what `bad-requests` knows to fail.
FIELDS = (
    *("messages", "stream", "stream_options", "temperature", "top_p", "n", "stop", "seed", "user"),
    *("max_tokens", "max_completion_tokens", "tools", "tool_choice", "parallel_tool_calls"),
    *("functions", "function_call", "response_format", "logit_bias", "logprobs", "top_logprobs"),
    *("frequency_penalty", "presence_penalty", "reasoning_effort", "metadata", "model"),
)
ANY_VALUE = ANY_JSON | st.floats() | st.integers(10**300, 10**301)
BODIES = st.dictionaries(st.sampled_from(FIELDS), ANY_VALUE, max_size=3)
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Say hello."}]}


class Caller:
    """Sends chats to one gateway, in its event loop, and knows what it has sent to the vendors."""

    def __init__(self, runner: asyncio.Runner, gateway: Gateway, tape: Tape) -> None:
        """Send to a gateway that replays a tape."""
        self.runner, self.gateway, self.tape = runner, gateway, tape

    def chat(self, **how: Any) -> Answer:
        """Send one chat; `sent` then has what this one made the gateway send."""
        self.tape.sent.clear()
        return self.runner.run(self.gateway.chat(MODEL, **how))

    def post(self, body: bytes) -> int:
        """Send a body as it is, as a chat with a key; return the status of the answer."""
        self.tape.sent.clear()
        headers = {"content-type": "application/json", FACTS.header: json.dumps(BOTH)}
        with self.gateway.around():
            sending = self.gateway.client.post(PATH, content=body, headers=headers)
            return self.runner.run(sending).status_code

    @property
    def bearers(self) -> list[str]:
        """The bearer tokens that vendors received."""
        return [request.headers["authorization"] for request in self.tape.sent]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """One gateway for all examples."""
    place = tmp_path_factory.mktemp("gateway")
    home, cwd = place / "home", place / "work"
    home.mkdir()
    cwd.mkdir()
    origins = {upstream.origin: name for name, upstream in UPSTREAMS.items()}
    library = Library(shipped("cassettes"), upstream_of=origins)

    async def entered(stack: AsyncExitStack) -> Gateway:
        config = configs.fitted(configs.read(shipped("run.yaml")), FACTS)
        run = await stack.enter_async_context(boot(config, FACTS, home, cwd))
        assert run.failure is None
        return await stack.enter_async_context(
            Gateway(FACTS.header, app=run.app, around=run.state.active)
        )

    with asyncio.Runner() as runner, closed_network(), play(library, "chat") as tape:
        closing = AsyncExitStack()
        yield Caller(runner, runner.run(entered(closing)), tape)
        runner.run(closing.aclose())


@few
@given(st.lists(st.booleans(), min_size=len(FACTS.header), max_size=len(FACTS.header)))
def test_the_name_of_the_header_has_no_case(caller: Caller, large: list[bool]) -> None:
    """HTTP does not distinguish the case of a header's name, and neither does the gateway."""
    letters = zip(FACTS.header, large, strict=True)
    name = "".join(letter.upper() if up else letter.lower() for letter, up in letters)

    answer = caller.chat(headers={name: json.dumps(BOTH)})

    assert (200, [f"Bearer {BOTH['passthrough_api_key']}"]) == (answer.status, caller.bearers)


@few
@given(KEYS, st.dictionaries(OTHER_FIELDS, ANY_JSON, max_size=3))
def test_the_key_arrives_as_it_was_sent(caller: Caller, key: str, more: dict[str, Any]) -> None:
    """Whatever else stands in the header, the vendor receives exactly the caller's key."""
    answer = caller.chat(data=more | BOTH | {"passthrough_api_key": key})

    assert (200, [f"Bearer {key}"]) == (answer.status, caller.bearers)


@few
@given(ANY_JSON)
def test_without_both_fields_nothing_is_sent(caller: Caller, data: Any) -> None:
    """JSON that lacks the two fields is refused, and no vendor hears of it."""
    answer = caller.chat(data=json.dumps(data))

    assert answer.status in {400, 500}
    assert [] == caller.bearers


@few
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_any_text_is_refused(caller: Caller, text: str) -> None:
    """So is every other text that a header can hold."""
    answer = caller.chat(data=text)

    assert answer.status in {400, 500}
    assert [] == caller.bearers


@few
@given(st.binary())
def test_any_bytes_are_the_callers_mistake(caller: Caller, body: bytes) -> None:
    """A body of any bytes is answered with a 4xx."""
    assert 400 <= caller.post(body) < 500


@few
@given(ANY_VALUE)
def test_any_json_is_the_callers_mistake(caller: Caller, body: Any) -> None:
    """So is any JSON that is no chat, with numbers that JSON does not have, or huge ones."""
    assert 400 <= caller.post(json.dumps(body).encode()) < 500


@few
@given(BODIES)
def test_no_value_of_a_field_is_a_failure_of_the_server(
    caller: Caller, fields: dict[str, Any]
) -> None:
    """A chat whose fields hold anything is sent to the vendor, or refused with a 4xx."""
    status = caller.post(json.dumps(CHAT | fields).encode())

    assert status < 500 or caller.tape.sent

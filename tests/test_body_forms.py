"""Any body at all: a caller's bad request is the caller's trouble, and nobody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.any_caller import PROMPT, URL, Callers, gateway_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore")  # the stack's own

MESSAGE = {"role": "assistant", "content": "Hello."}
CHOICE = {"index": 0, "finish_reason": "stop", "message": MESSAGE}
CHAT = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [CHOICE]}
SERVER_ERROR = 500

# Those of OpenAI's API. Of others, and of those that steer the SDK, gotchas say what happens:
# `sdk-arguments/unknown-field-plain`, `bad-requests/body-extra-query-text` and their like.
FIELDS = (
    *("model", "messages", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs"),
    *("max_tokens", "max_completion_tokens", "n", "parallel_tool_calls", "presence_penalty"),
    *("response_format", "seed", "stop", "stream", "stream_options", "temperature", "top_p"),
    *("tool_choice", "tools", "user", "functions", "function_call"),
)
PARTS = ("role", "content", "name", "type", "text", "function", "tool_calls", "id", "json_schema")
words = st.sampled_from(["user", "assistant", "tool", "system", "text", "auto", "json_schema"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=4)
    ),
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)
bodies = st.binary(max_size=24) | values.map(json.dumps).map(str.encode)
bodies |= objects.map(lambda more: json.dumps(PROMPT | more).encode())


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """The callers of a gateway that is booted once."""
    with gateway_of(tmp_path_factory) as made:
        made.vendor.answers(200, CHAT)
        yield made


@settings(max_examples=40, derandomize=True, database=None, deadline=None)
@given(bodies)
@example(b"")
@example(b"[" * 5000 + b"]" * 5000)
@example(b'{"model": "any/any", "messages": [{"role": "user", "content": "\\ud800"}]}')
def test_a_bad_body_is_no_server_error(callers: Callers, body: bytes) -> None:
    """Whatever a caller asks, the gateway answers, and not with a 500.

    The next caller's chat is answered, and reaches the vendor with that caller's own key.
    """
    data = {"passthrough_url": URL, "passthrough_api_key": "this caller's"}
    status = callers.status(json.dumps(data).encode(), body)
    callers.vendor.requests.clear()
    data["passthrough_api_key"] = "the next caller's"
    next_status = callers.status(json.dumps(data).encode())

    assert status < SERVER_ERROR
    assert next_status == 200
    keys = [request.headers["authorization"] for request in callers.vendor.requests]
    assert keys == ["Bearer the next caller's"]

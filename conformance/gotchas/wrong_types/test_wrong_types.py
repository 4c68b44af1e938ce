"""Values of a wrong type are changed on their way to the vendor, and nobody is told."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, forwarding

GOTCHA = Gotcha(
    slug="wrong-types",
    happens='numbers and booleans of a wrong type (`"max_tokens": "9"`, `n: true`) are converted '
    "and sent; the caller is not told",
    why="a client's mistake works at the gateway and fails at the vendor, so it is found only when "
    "the gateway is taken away; `n: true` asks for one answer, `logprobs: 1` for all",
    example='{…, "max_tokens": "9"}',
    instead="validate requests against OpenAI's schema in the client's tests, not against the "
    "gateway",
    documented="found by this suite",
    severity=Severity.LOW,
    bites=frozenset({"coerced", "dropped", "server-error", "streams-differ"}),
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        "core.server.server:translate_exception",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

HELLO = [{"role": "user", "content": "Say hello."}]
FUNCTION = {"name": "add", "parameters": {"type": "object"}}
TOOL = {"type": "function", "function": FUNCTION}
ARGUMENTS = {"id": "1", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
FIELDS = {
    "temperature-text": {"temperature": "0.5"},
    "temperature-true": {"temperature": True},
    "temperature-high": {"temperature": 9},
    "max-tokens-text": {"max_tokens": "9"},
    "max-tokens-fraction": {"max_tokens": 9.5},
    "max-tokens-negative": {"max_tokens": -1},
    "n-text": {"n": "2"},
    "n-true": {"n": True},
    "n-zero": {"n": 0},
    "seed-text": {"seed": "7"},
    "seed-fraction": {"seed": 7.5},
    "stop-number": {"stop": 7},
    "stop-numbers": {"stop": [7]},
    "logprobs-text": {"logprobs": "yes"},
    "logprobs-number": {"logprobs": 1},
    "top-logprobs-many": {"logprobs": True, "top_logprobs": 99},
    "parallel-text": {"tools": [TOOL], "parallel_tool_calls": "false"},
    "user-number": {"user": 7},
    "logit-bias-text": {"logit_bias": {"50256": "-100"}},
    "logit-bias-list": {"logit_bias": []},
    "metadata-number": {"metadata": {"run": 7}},
    "response-format-unknown": {"response_format": {"type": "yaml"}},
    "response-format-no-schema": {"response_format": {"type": "json_schema"}},
    "tools-object": {"tools": TOOL},
    "tool-without-name": {"tools": [{"type": "function", "function": {}}]},
    "tool-choice-number": {"tools": [TOOL], "tool_choice": 7},
    "tool-choice-of-another": {
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "subtract"}},
    },
    "stream-options-text": {"stream_options": "include_usage"},
    "role-upper-case": {"messages": [{"role": "USER", "content": "Say hello."}]},
    "content-object": {"messages": [{"role": "user", "content": {"text": "Say hello."}}]},
    "content-empty-list": {"messages": [{"role": "user", "content": []}]},
    "part-without-text": {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
    "image-url-text": {
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "a.png"}]}]
    },
    "arguments-object": {"messages": [*HELLO, {"role": "assistant", "tool_calls": [ARGUMENTS]}]},
    "result-number": {
        "messages": [*HELLO, {"role": "tool", "tool_call_id": "1", "content": 7}],
    },
    "result-without-id": {"messages": [*HELLO, {"role": "tool", "content": "7"}]},
}
RESULTS = {
    "as_sent": "the vendor receives the wrong value, and can refuse it",
    "coerced": "the vendor receives another value, and the caller is not told",
    "dropped": "the vendor receives the request without it, and the caller is not told",
    "refused": "the caller gets a 4xx, and nothing is sent",
    "server_error": "the caller gets a 500 or above, and nothing is sent",
    "error_in_stream": "the caller gets HTTP 200 and an error, and nothing is sent",
    "streams_differ": "a streamed request ends in another way than a plain one",
}
NAMES = {"refused-unexplained": "refused", "rewritten": "coerced"}


@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
@outcomes(**RESULTS)
async def test_sent(in_front, server, observed, config, fields):
    """A chat with this mistake, plain and streamed, to a vendor that takes it down."""
    server.answers(400, {"error": {"message": "No."}})
    entry = configs.provider("any", base_url=server.url)
    front = await in_front(configs.inference(config, [entry]))
    way = forwarding.Asking(front.gateway, server.requests, "any/gpt-4o", front.data("openai"))
    outcome, evidence = await forwarding.fate(way, "", fields)
    observed(NAMES.get(outcome, outcome), evidence)

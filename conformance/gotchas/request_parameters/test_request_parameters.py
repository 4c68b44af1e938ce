"""Parameters of a chat are dropped, changed or refused on their way to the vendor."""

import pytest

from conformance.core.model import Gotcha, outcomes
from conformance.core.severity import Severity
from conformance.stack import configs, forwarding

GOTCHA = Gotcha(
    slug="request-parameters",
    happens="a passthrough provider answers parameters unknown to its SDK with a 500; from 1.1.0 on"
    " `remote::openai` renames `max_tokens`",
    why="a client that works with the vendor fails at the gateway (`top_k`, `thinking`), is told "
    "that the server is broken, and tries again; a server that knows `max_tokens` alone is sent "
    "`max_completion_tokens`, and may set no limit",
    example='{"model": "anthropic/claude-sonnet-4-5", "thinking": {"type": "enabled", …}, …}',
    instead="put them into `extra_body`: a passthrough provider sends its fields beside the others;"
    " `remote::openai` wants them beside the others, and sends `extra_body` as a field",
    documented="found by this suite",
    severity=Severity.MEDIUM,
    bites=forwarding.HURTS | {"not-sent"},
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_chat_completion",
        "providers.utils.inference.openai_mixin:OpenAIMixin.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

FUNCTION = {"name": "add", "parameters": {"type": "object", "properties": {}}}
TOOLS = [{"type": "function", "function": FUNCTION}]
NAMED = {"type": "function", "function": {"name": "add"}}
ALLOWED = {"mode": "auto", "tools": [NAMED]}
SCHEMA = {
    "type": "object",
    "properties": {"sum": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}], "default": None}},
    "required": ["sum"],
    "additionalProperties": False,
    "$defs": {"n": {"type": "number", "minimum": 0}},
}
SHAPE = {"name": "sum", "strict": True, "schema": SCHEMA}
FIELDS = {
    "temperature-zero": {"temperature": 0},
    "top-p": {"top_p": 0.5},
    "top-k": {"top_k": 40},
    "penalties": {"frequency_penalty": -1.5, "presence_penalty": 0},
    "n": {"n": 2},
    "stop-text": {"stop": "x"},
    "stop-list": {"stop": ["x", "\n"]},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "logprobs-false": {"logprobs": False},
    "logit-bias": {"logit_bias": {"50256": -100}},
    "seed": {"seed": 7},
    "user": {"user": "ada"},
    "tool-choice-auto": {"tools": TOOLS, "tool_choice": "auto"},
    "tool-choice-required": {"tools": TOOLS, "tool_choice": "required"},
    "tool-choice-none": {"tools": TOOLS, "tool_choice": "none"},
    "tool-choice-named": {"tools": TOOLS, "tool_choice": NAMED},
    "tool-choice-allowed": {
        "tools": TOOLS,
        "tool_choice": {"type": "allowed_tools", "allowed_tools": ALLOWED},
    },
    "tool-choice-any": {"tools": TOOLS, "tool_choice": "any"},
    "tool-choice-without-tools": {"tool_choice": "auto"},
    "tools-empty": {"tools": []},
    "parallel-tool-calls": {"tools": TOOLS, "parallel_tool_calls": False},
    "functions": {"functions": [FUNCTION], "function_call": {"name": "add"}},
    "response-format-text": {"response_format": {"type": "text"}},
    "response-format-object": {"response_format": {"type": "json_object"}},
    "response-format-schema": {"response_format": {"type": "json_schema", "json_schema": SHAPE}},
    "max-tokens": {"max_tokens": 9},
    "max-completion-tokens": {"max_completion_tokens": 9},
    "both-limits": {"max_tokens": 9, "max_completion_tokens": 8},
    "stream-options": {"stream_options": {"include_usage": True}},
    "stream-options-false": {"stream_options": {"include_usage": False}},
    "service-tier": {"service_tier": "flex"},
    "service-tier-unknown": {"service_tier": "standard_only"},
    "metadata": {"metadata": {"run": "7"}},
    "store": {"store": True},
    "prediction": {"prediction": {"type": "content", "content": "Hello."}},
    "modalities": {"modalities": ["text", "audio"], "audio": {"voice": "ash", "format": "wav"}},
    "reasoning-effort-low": {"reasoning_effort": "low"},
    "reasoning-effort-minimal": {"reasoning_effort": "minimal"},
    "reasoning-effort-none": {"reasoning_effort": "none"},
    "reasoning-effort-xhigh": {"reasoning_effort": "xhigh"},
    "verbosity": {"verbosity": "low"},
    "web-search": {"web_search_options": {}},
    "prompt-cache-key": {"prompt_cache_key": "k"},
    "safety-identifier": {"safety_identifier": "k"},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "unknown": {"x_note": {"a": [1, None]}},
    "unknown-null": {"x_note": None},
}
# What Google reads from a field of this name, which its SDK users write inside one more.
THINKING = {"google": {"thinking_config": {"include_thoughts": True}}}


PROVIDERS = pytest.mark.parametrize(
    "provider", [pytest.param("passthrough", marks=pytest.mark.needs("chat")), "openai"]
)


async def way_through(in_front, server, config, provider):
    """Return the way through a provider to a vendor that takes every request down."""
    server.answers(400, {"error": {"message": "No."}})
    entry = configs.provider("passthrough", base_url=server.url)
    own = configs.provider("openai", "remote::openai", base_url=f"{server.url}/v1")
    front = await in_front(configs.inference(config, [entry, own]))
    data = front.data("openai")
    data["openai_api_key"] = data["passthrough_api_key"]
    return forwarding.Asking(front.gateway, server.requests, f"{provider}/gpt-4o", data)


@PROVIDERS
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
@outcomes(**forwarding.SENTENCES)
async def test_sent(in_front, server, observed, config, provider, fields):
    """A chat with this parameter, plain and streamed, to a vendor that takes it down."""
    way = await way_through(in_front, server, config, provider)
    observed(*await forwarding.fate(way, next(reversed(fields)), fields))


@PROVIDERS
@pytest.mark.parametrize("fields", [{}, {"stream": True}], ids=["plain", "streamed"])
@outcomes(**forwarding.SENTENCES)
async def test_whole(in_front, server, observed, config, provider, fields):
    """A chat with a message alone; all of what the vendor receives but the model's name."""
    way = await way_through(in_front, server, config, provider)
    messages = [{"role": "user", "content": "Say hello."}]
    answer, got = await way.chat(messages=messages, **fields)
    if got is None:
        observed(forwarding.unsent(answer, "messages"), answer)
        return
    sent = {"model": "gpt-4o", "messages": messages, **fields}
    observed(forwarding.named(sent, got), forwarding.told(sent, got))


@PROVIDERS
@outcomes(
    at_the_top="the vendor receives the fields of `extra_body` among those of the request",
    as_sent="the vendor receives a field `extra_body`",
    dropped="the vendor receives nothing of it",
    not_sent="nothing is sent",
)
async def test_extra_body(in_front, server, observed, config, provider):
    """A chat whose body has `extra_body`, as users of Google's examples write it by hand."""
    way = await way_through(in_front, server, config, provider)
    answer, got = await way.chat(extra_body=THINKING)
    if got is None:
        observed("not-sent", answer)
        return
    outcome = "as-sent" if got.get("extra_body") == THINKING else "dropped"
    observed("at-the-top" if got.get("google") == THINKING["google"] else outcome, got)

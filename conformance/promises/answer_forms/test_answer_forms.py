"""Answers keep the contract in their other forms: several choices, cut, legacy, embeddings."""

import pytest

from conformance.contract import outcomes as contract
from conformance.core.model import Promise, outcomes

PROMISE = Promise(
    slug="answer-forms",
    requires="The gateway MUST answer in the form of OpenAI's API also to chats of several "
    "choices, with structured output or probabilities, to legacy completions and for embeddings.",
    instead="ask the vendor itself for what the gateway refuses or changes",
    documented="found by this suite",
    bites=contract.BITES,
    decided_by=(
        "core.routers.inference:InferenceRouter.openai_completion",
        "core.routers.inference:InferenceRouter.openai_embeddings",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough", "chat")

EVERY_PLANE = "Zoë naïve 漢字 мир שלום 🙂👩‍👩‍👧 𝄞 𠀋 \U000e0041"
TEXT = {"type": "string", "enum": [EVERY_PLANE]}
WORDS = {"type": "object", "properties": {"text": TEXT}, "required": ["text"]}
FUNCTION = {"name": "add", "parameters": WORDS}
TOOLS = [
    {"type": "function", "function": FUNCTION | {"name": name}} for name in ("add", "subtract")
]
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
RESULT = [
    {"role": "user", "content": EVERY_PLANE},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": EVERY_PLANE},
]
STRUCTURED = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "words", "schema": WORDS}}
}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
TOKEN = {"token": "Hi", "bytes": [72, 105], "logprob": -0.25, "top_logprobs": []}
LOGPROBS = {"choices.*.logprobs": {"content": [TOKEN], "refusal": None}}
LEGACY = {"tokens": ["Hi"], "token_logprobs": [-0.25], "top_logprobs": [], "text_offset": [0]}
CHATS = {
    "several": {"n": 3},
    "structured": STRUCTURED,
    "tool-result": {"messages": RESULT, "tools": TOOLS},
    "length": {"max_tokens": 2},
    "one-call": {"tools": TOOLS, "parallel_tool_calls": False},
    "streamed-several": {"n": 2, "stream": True},
    "streamed-structured": STRUCTURED | {"stream": True},
    "streamed-tool-result": {"messages": RESULT, "tools": TOOLS, "stream": True},
    "streamed-length": {"max_tokens": 2, "stream": True},
    "streamed-usage": USAGE,
    "streamed-calls-usage": USAGE | {"tools": TOOLS},
}
OUTSIDE = {"structured", "length", "streamed-structured", "streamed-usage"}
VECTORS = {
    "one": {"input": "Hello."},
    "list": {"input": ["Hello.", EVERY_PLANE, "Hello."]},
    "tokens": {"input": [9906, 13]},
    "token-lists": {"input": [[9906, 13], [9906]]},
    "floats": {"input": "Hello.", "encoding_format": "float"},
    "base64": {"input": "Hello.", "encoding_format": "base64"},
}
COMPLETIONS = {
    "plain": {},
    "streamed": {"stream": True},
    "streamed-usage": USAGE,
    "limited": {"max_tokens": 2},
}
LEGACY_MODEL, EMBEDDING_MODEL = "gpt-3.5-turbo-instruct", "text-embedding-3-small"


def forms():
    """Return the forms of chats; a running gateway shows those that any vendor's model answers."""
    outside = pytest.mark.for_server(chats=1, answered=True, compared=True, any_gateway=True)
    for name, fields in CHATS.items():
        yield pytest.param(fields, id=name, marks=outside if name in OUTSIDE else ())


@pytest.mark.parametrize("fields", [*forms()])
@outcomes(**contract.RESULTS)
async def test_chat(beside_vendor, observed, route, fields):
    """A chat in one of the other forms: several choices, structured, cut, with its usage."""
    data = beside_vendor.data(route)
    await beside_vendor.gateway.chat(route.model, data=data, **fields)
    observed(*observed.wire.compared())


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(**contract.RESULTS)
async def test_logprobs(loopback, observed, route, stream):
    """A chat whose answer has probabilities of its tokens."""
    loopback.fail(route, changes=LOGPROBS)
    fields = {"logprobs": True, "stream": stream}
    await loopback.gateway.chat(route.model, data=loopback.data(route), **fields)
    observed(*observed.wire.compared())


async def ask(loopback, route, path, model, fields):
    """Send a request for a model of the route's vendor that no config registers."""
    body = {"model": f"{route.provider}/{model}", **fields}
    data = loopback.data(route)
    return await loopback.gateway.request("POST", path, data=data, body=body)


@pytest.mark.parametrize("fields", COMPLETIONS.values(), ids=COMPLETIONS)
@outcomes(**contract.RESULTS)
async def test_completion(loopback, observed, route, fields):
    """A legacy completion."""
    fields = {"prompt": "Say hello."} | fields
    await ask(loopback, route, "/v1/completions", LEGACY_MODEL, fields)
    observed(*observed.wire.compared())


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(**contract.RESULTS)
async def test_completion_logprobs(loopback, observed, route, stream):
    """A legacy completion whose answer has probabilities of its tokens."""
    loopback.fail(route, changes={"choices.*.logprobs": LEGACY}, path="/v1/completions")
    fields = {"prompt": "Say hello.", "logprobs": 1, "stream": stream}
    await ask(loopback, route, "/v1/completions", LEGACY_MODEL, fields)
    observed(*observed.wire.compared())


@pytest.mark.parametrize("fields", VECTORS.values(), ids=VECTORS)
@outcomes(**contract.RESULTS)
async def test_embeddings(loopback, observed, route, fields):
    """Embeddings of a text, of several, or of tokens, in one of their forms."""
    fields = {"dimensions": 8} | fields
    await ask(loopback, route, "/v1/embeddings", EMBEDDING_MODEL, fields)
    observed(*observed.wire.compared())


@outcomes(**contract.RESULTS)
async def test_embeddings_without_usage(loopback, observed, route):
    """Embeddings from a vendor that reports no usage."""
    loopback.fail(route, without=("usage",), path="/v1/embeddings")
    fields = {"input": "Hello.", "dimensions": 8}
    await ask(loopback, route, "/v1/embeddings", EMBEDDING_MODEL, fields)
    observed(*observed.wire.compared())

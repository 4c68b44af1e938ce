"""Answers keep the contract that clients of OpenAI rely on."""

import pytest

from conformance.contract import error, model_list, one_model
from conformance.contract.asked import REFUSED
from conformance.contract.deviation import CONTRACT
from conformance.contract.names import SENTENCES
from conformance.core.model import CouldNotObserveError, Promise, outcomes
from conformance.vendors.faults import REMOVED

PROMISE = Promise(
    slug="answer-contract",
    requires="The gateway MUST answer in the form of OpenAI's API: every field of its type, every "
    "event of a stream JSON, every error an object with message and type.",
    instead="read the field that deviates leniently, or mend it in a proxy",
    documented="found by this suite",
    bites=frozenset({"several", "refused", "other-models", "not-as-listed", *SENTENCES}),
    decided_by=(
        "core.server.server:sse_generator",
        "core.server.server:global_exception_handler",
        "core.routers.inference:InferenceRouter.openai_chat_completion",
    ),
)
pytestmark = pytest.mark.needs("remote::passthrough")

RESULTS = {
    "kept": "the answer deviates in nothing in which the vendor's own does not",
    "several": "the answer deviates in several ways in which the vendor's does not",
    "refused": "the caller gets another status than the vendor sends",
    **{name.replace("-", "_"): sentence for name, sentence in SENTENCES.items()},
}
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
LEGACY_LOGPROBS = {
    "choices.*.logprobs": {
        "tokens": ["Hi"],
        "token_logprobs": [-0.25],
        "top_logprobs": [{"Hi": -0.25}],
        "text_offset": [0],
    }
}
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


def outcome(found, vendors=()):
    """Return what the gateway adds to the vendor's own deviations, as an outcome.

    That no stream ends with `[DONE]` is a gotcha of its own, `stream-done`.
    """
    names = {each.name for each in found if each.layer == CONTRACT and each.name != "no-done"}
    names -= {each.name for each in vendors}
    return "several" if len(names) > 1 else min(names, default="kept")


def compared(wire):
    """Return outcome and evidence of the last answer beside the vendor's to the same request."""
    last = wire.exchanges[-1]
    if [each.status for each in last.vendors] not in ([], [200]):
        raise CouldNotObserveError(f"the stand-in does not answer this request: {last.vendors}")
    if last.answer.status >= REFUSED:
        return "refused", last.answer
    if not last.vendors:
        raise CouldNotObserveError("the gateway has asked no vendor")
    return outcome(last.added()), last.told()


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_plain(loopback, observed, route):
    """A plain chat, and the same request to the vendor itself."""
    await loopback.gateway.chat(route.model, data=loopback.data(route))
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed(loopback, observed, route):
    """A streamed chat, and the same request to the vendor itself."""
    await loopback.gateway.chat(route.model, data=loopback.data(route), stream=True)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_calls(loopback, observed, route):
    """A plain chat with two tools; the vendor's answer calls one or both."""
    await loopback.gateway.chat(route.model, data=loopback.data(route), tools=TOOLS)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.every_route
@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_streamed_calls(loopback, observed, route):
    """A streamed chat with two tools; the vendor's stream calls one or both."""
    data = loopback.data(route)
    await loopback.gateway.chat(route.model, data=data, tools=TOOLS, stream=True)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.parametrize("fields", CHATS.values(), ids=CHATS)
@outcomes(**RESULTS)
async def test_chat(loopback, observed, route, fields):
    """A chat in one of the other forms: several choices, structured, cut, with its usage."""
    await loopback.gateway.chat(route.model, data=loopback.data(route), limited=False, **fields)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(**RESULTS)
async def test_logprobs(loopback, observed, route, stream):
    """A chat whose answer has probabilities of its tokens."""
    loopback.fail(route, changes=LOGPROBS)
    fields = {"logprobs": True, "stream": stream}
    await loopback.gateway.chat(route.model, data=loopback.data(route), **fields)
    observed(*compared(observed.wire))


async def ask(loopback, route, path, model, fields):
    """Send a request for a model of the route's vendor that no config registers."""
    body = {"model": f"{route.provider}/{model}", **fields}
    data = loopback.data(route)
    return await loopback.gateway.request("POST", path, data=data, body=body)


@pytest.mark.needs("chat")
@pytest.mark.parametrize("fields", COMPLETIONS.values(), ids=COMPLETIONS)
@outcomes(**RESULTS)
async def test_completion(loopback, observed, route, fields):
    """A legacy completion."""
    fields = {"prompt": "Say hello."} | fields
    await ask(loopback, route, "/v1/completions", LEGACY_MODEL, fields)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@outcomes(**RESULTS)
async def test_completion_logprobs(loopback, observed, route, stream):
    """A legacy completion whose answer has probabilities of its tokens."""
    loopback.fail(route, changes=LEGACY_LOGPROBS, path="/v1/completions")
    fields = {"prompt": "Say hello.", "logprobs": 1, "stream": stream}
    await ask(loopback, route, "/v1/completions", LEGACY_MODEL, fields)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@pytest.mark.parametrize("fields", VECTORS.values(), ids=VECTORS)
@outcomes(**RESULTS)
async def test_embeddings(loopback, observed, route, fields):
    """Embeddings of a text, of several, or of tokens, in one of their forms."""
    fields = {"dimensions": 8} | fields
    await ask(loopback, route, "/v1/embeddings", EMBEDDING_MODEL, fields)
    observed(*compared(observed.wire))


@pytest.mark.needs("chat")
@outcomes(**RESULTS)
async def test_embeddings_without_usage(loopback, observed, route):
    """Embeddings from a vendor that reports no usage."""
    loopback.fail(route, changes={"usage": REMOVED}, path="/v1/embeddings")
    fields = {"input": "Hello.", "dimensions": 8}
    await ask(loopback, route, "/v1/embeddings", EMBEDDING_MODEL, fields)
    observed(*compared(observed.wire))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_model_list(gateway, observed):
    """The list of models."""
    answer = await gateway.models()
    found = model_list.deviations(answer)
    observed("refused" if answer.status >= REFUSED else outcome(found), shown(found))


@outcomes(
    as_configured="the models of the config are listed, in its order, each once",
    other_order="the models of the config are listed, each once, in another order",
    other_models="a model is missing, listed twice, or not in the config",
)
async def test_listed(gateway, observed, config):
    """The identifiers in the list of models, beside those in the config."""
    models = config["registered_resources"]["models"]
    wanted = [f"{each['provider_id']}/{each['model_id']}" for each in models]
    found = await gateway.model_ids()
    same = "as-configured" if found == wanted else "other-order"
    observed(same if sorted(found) == sorted(wanted) else "other-models", found)


@outcomes(**RESULTS | {"not_as_listed": "it differs from its entry in the list of models"})
async def test_one_model(gateway, observed, route):
    """One model by its id, beside its entry in the list."""
    answer = await gateway.request("GET", f"/v1/models/{route.model}")
    listed = {each["id"]: each for each in (await gateway.models()).json()["data"]}
    if answer.status >= REFUSED:
        observed("refused", answer)
        return
    found = one_model.deviations(answer)
    same = answer.json() == listed[route.model]
    found_out = outcome(found)
    observed(found_out if same or found_out != "kept" else "not-as-listed", answer)


def shown(found):
    """Return deviations as evidence."""
    return "; ".join(map(str, found)) or "no deviation"


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_model(gateway, observed):
    """The error for a model that nobody has."""
    found = error.deviations(await gateway.chat("nobody/no-such-model"))
    observed(outcome(found), shown(found))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_malformed_request(gateway, observed):
    """The error for a chat without messages."""
    path = "/v1/chat/completions"
    found = error.deviations(await gateway.request("POST", path, body={"model": "m"}))
    observed(outcome(found), shown(found))


@pytest.mark.for_config
@pytest.mark.without_auth
@outcomes(**RESULTS)
async def test_unknown_path(gateway, observed):
    """The error for a path that does not exist."""
    found = error.deviations(await gateway.request("GET", "/v1/no-such-path"))
    observed(outcome(found), shown(found))

"""Lists what no public recording settles about the vendors; the catalogue prints it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Unsettled(NamedTuple):
    """An open question as one sentence that says what the stand-in does, and what is known."""

    sentence: str
    source: str


UNSETTLED: Final[dict[str, Unsettled]] = {
    "openai/errors-not-recorded": Unsettled(
        "A 401 without any key, the 404 of an unknown path, 500 and 503 are made up in the usual "
        "envelope.",
        "only wrong keys, unknown models and bad bodies were recorded",
    ),
    "openai/429-headers": Unsettled(
        "A 429 carries the headers of a 404: whether it says retry-after is not known.",
        "bodies pasted in public reports",
    ),
    "openai/legacy-completions": Unsettled(
        "POST /v1/completions has the fields of the API reference, not of a recording.",
        "platform.openai.com/docs/api-reference/completions",
    ),
    "gemini/extra-v1-chat": Unsettled(
        "Whether Google answers chat under /v1beta/openai/v1, where remote::passthrough posts, is "
        "contradicted; the stand-in answers there as on the documented path.",
        "public projects state both a 404 and success; Google documents neither",
    ),
    "gemini/extra-v1-models": Unsettled(
        "GET /v1beta/openai/v1/models is taken to be a 404, like any unmatched path.",
        "two public statements that it fails, no exchange shown",
    ),
    "gemini/unknown-route": Unsettled(
        "An unmatched path is answered with a 404 in text/html.",
        "seen on another Google API host, not on this one",
    ),
    "gemini/wrong-key": Unsettled(
        "A wrong key gets a 400 array with reason API_KEY_INVALID, never a 401.",
        "a public test fixture described as the live shape, and the native API's object form",
    ),
    "gemini/errors-not-recorded": Unsettled(
        "The headers of every error, the 500 and the 400 for empty messages are made up.",
        "bodies of other errors pasted in public reports",
    ),
    "gemini/models-http": Unsettled(
        "The model list is compact JSON without `created`; only an SDK's view of it is known.",
        "SDK objects recorded by the integration tests of ogx-ai/ogx",
    ),
    "gemini/embeddings": Unsettled(
        "Embeddings are 3072 floats whatever the encoding_format; the other fields are OpenAI's.",
        "an SDK print in google-gemini/cookbook",
    ),
    "gemini/stream-id": Unsettled(
        "Chunks have no id, as recorded in 2025-03; an SDK print of 2025-06 shows one.",
        "a recording of jackmpcollins/magentic against a pasted report",
    ),
    "gemini/gemini-3-stream": Unsettled(
        "A Gemini 3 call is one chunk with its finish_reason, as 2.0 was recorded.",
        "a single pasted chunk, without the end of its stream",
    ),
    "anthropic/models-bearer": Unsettled(
        "GET /v1/models takes a Bearer key alone; whether the vendor does, without x-api-key and "
        "anthropic-version, is not known.",
        "recordings exist with the native headers only",
    ),
    "anthropic/models-2026": Unsettled(
        "Model entries have the four keys of 2025-12, without the max_input_tokens, max_tokens "
        "and capabilities of 2026-08.",
        "two recordings with different keys",
    ),
    "anthropic/stream": Unsettled(
        "Chunks follow a stream that passed through a relay; no direct recording was found.",
        "block/goose crates/goose/src/providers/formats/openai.rs",
    ),
    "anthropic/pings": Unsettled(
        "No pings are sent between chunks; two forms of them are described.",
        "a relay's manual shows a data frame, another source an SSE comment",
    ),
    "anthropic/tool-call": Unsettled(
        "A tool call that is not streamed is made up from the streamed one.",
        "no recording found",
    ),
    "anthropic/errors-not-recorded": Unsettled(
        "The headers of every error, 500, 529 and the 400 for empty messages are made up.",
        "bodies of other errors pasted in public reports",
    ),
    "anthropic/embeddings": Unsettled(
        "POST /v1/embeddings is answered like any unknown path: 404 in the native envelope.",
        "no recording found",
    ),
}


class Settling(NamedTuple):
    """The live answer that settles a question; None and "" let anything pass.

    `path` is the end of the URL's path, `says` a part of the body.
    """

    method: str = "POST"
    path: str = ""
    statuses: tuple[int, ...] = ()
    streamed: bool | None = None
    says: str = ""


_CHAT: Final = "/chat/completions"

# The vendor is in the question's name.
SETTLED_BY: Final[dict[str, Settling]] = {
    "openai/errors-not-recorded": Settling(statuses=(500, 503)),
    "openai/429-headers": Settling(statuses=(429,)),
    "openai/legacy-completions": Settling(path="/v1/completions"),
    "gemini/extra-v1-chat": Settling(path="/v1beta/openai/v1/chat/completions"),
    "gemini/extra-v1-models": Settling("GET", "/v1beta/openai/v1/models"),
    "gemini/unknown-route": Settling("", statuses=(404,), says="<html"),
    "gemini/wrong-key": Settling("", statuses=(400, 401, 403), says="API key"),
    "gemini/errors-not-recorded": Settling(statuses=(500, 503)),
    "gemini/models-http": Settling("GET", "/openai/models", (200,)),
    "gemini/embeddings": Settling(path="/embeddings", statuses=(200,)),
    "gemini/stream-id": Settling(path=_CHAT, statuses=(200,), streamed=True),
    "gemini/gemini-3-stream": Settling(path=_CHAT, streamed=True, says="thought_signature"),
    "anthropic/models-bearer": Settling("GET", "/v1/models"),
    "anthropic/models-2026": Settling("GET", "/v1/models", (200,)),
    "anthropic/stream": Settling(path=_CHAT, statuses=(200,), streamed=True),
    "anthropic/pings": Settling(path=_CHAT, streamed=True, says="ping"),
    "anthropic/tool-call": Settling(path=_CHAT, streamed=False, says='"tool_calls": ['),
    "anthropic/errors-not-recorded": Settling(statuses=(500, 529)),
    "anthropic/embeddings": Settling(path="/embeddings"),
}

# Requests that the gateway sends where the vendor documents none: that it refuses them is a fact.
IN_QUESTION: Final = frozenset(
    {
        ("gemini", "POST", "/v1beta/openai/v1/chat/completions"),
        ("gemini", "GET", "/v1beta/openai/v1/models"),
        ("anthropic", "GET", "/v1/models"),
    }
)

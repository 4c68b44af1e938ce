"""Makes up what a model says, before a dialect gives it a shape; its words name the stand-in."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.vendors.dialect import Json, Object, Request, compact

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = re.compile(r"\s*[\w-]+|\s*[^\w\s]")
_SAMPLES: Final = {"string": "stand-in", "integer": 7, "number": 7, "boolean": True}
_DEEPEST_SCHEMA: Final = 12


@dataclass(frozen=True, slots=True)
class Call:
    """A function that the made-up model wants called."""

    name: str
    arguments: Object


@dataclass(frozen=True, slots=True)
class Reply:
    """A text in pieces, or calls. `prompt` and `completion` are numbers of tokens."""

    pieces: tuple[str, ...]
    calls: tuple[Call, ...]
    finish_reason: str
    prompt: int

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)

    @property
    def completion(self) -> int:
        """How many tokens were generated: a piece of text is one."""
        spelled = (split(compact(call.arguments)) for call in self.calls)
        return len(self.pieces) + len(self.calls) + sum(map(len, spelled))

    @property
    def usage(self) -> Object:
        """The usage as Gemini and Anthropic report it: three sums, no details."""
        return {
            "completion_tokens": self.completion,
            "prompt_tokens": self.prompt,
            "total_tokens": self.prompt + self.completion,
        }


def split(text: str) -> tuple[str, ...]:
    """Split text into the pieces it is streamed in; together they are the text."""
    return tuple(_PIECE.findall(text))


def greeting(upstream: str) -> str:
    """Return the usual reply: six pieces that say who is speaking."""
    return f"Hello from the {upstream} stand-in."


def reply(request: Request, *, parallel: bool = False, structured: bool = True) -> Reply:
    """Decide what the made-up model says to a chat request that has messages.

    It calls the offered tools (one, or each once if `parallel`), unless it has just been given
    a result; fills the JSON schema asked for if `structured`; otherwise it says who it is.
    `max_completion_tokens` or `max_tokens` cut the text, never a call.
    """
    sent = request.json
    prompt = len(split(" ".join(_texts(sent["messages"]))))
    if calls := _calls(sent, parallel=parallel):
        return Reply((), calls, "tool_calls", prompt)
    pieces = split(_text(request, structured=structured))
    limit = sent.get("max_completion_tokens") or sent.get("max_tokens") or len(pieces)
    return Reply(pieces[:limit], (), "length" if limit < len(pieces) else "stop", prompt)


def _texts(messages: list[Object]) -> Iterator[str]:
    for message in messages:
        content = message.get("content") or ""
        parts = [{"text": content}] if isinstance(content, str) else content
        yield from (part.get("text", "") for part in parts)


def _calls(sent: Object, *, parallel: bool) -> tuple[Call, ...]:
    choice = sent.get("tool_choice", "auto")
    if choice == "none" or sent["messages"][-1].get("role") == "tool":
        return ()
    tools = [tool["function"] for tool in sent.get("tools") or []]
    if isinstance(choice, dict):
        tools = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
    if not parallel or sent.get("parallel_tool_calls") is False:
        tools = tools[:1]
    return tuple(Call(tool["name"], sample(tool.get("parameters") or {})) for tool in tools)


def _text(request: Request, *, structured: bool) -> str:
    sent = request.json
    wanted = sent.get("response_format") or {}
    if structured and wanted.get("type") == "json_schema":
        return compact(sample(wanted["json_schema"]["schema"]))
    if structured and wanted.get("type") == "json_object":
        return compact({"stand_in": request.upstream})
    if sent["messages"][-1].get("role") == "tool":
        return f"The {request.upstream} stand-in read the result."
    return greeting(request.upstream)


def sample(schema: Object, root: Object | None = None, depth: int = 0) -> Json:
    """Return a value that fits the common kinds of JSON schema; an object if no type is given."""
    root = schema if root is None else root
    if depth > _DEEPEST_SCHEMA:  # a schema that contains itself
        return None
    name, options = schema.get("$ref", "").removeprefix("#/$defs/"), schema.get("anyOf", [])
    if name or options:
        return sample(root["$defs"][name] if name else options[0], root, depth + 1)
    if choices := schema.get("enum"):
        return choices[0]
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {}).items()
        return {name: sample(field, root, depth + 1) for name, field in fields}
    if kind == "array":
        return [sample(schema.get("items", {}), root, depth + 1)]
    return _SAMPLES.get(kind[0] if isinstance(kind, list) else kind)


def vector(text: str, size: int) -> list[float]:
    """Return an embedding of `text`: `size` numbers of one magnitude, of length 1 in all.

    Six digits survive float32, so the float and the base64 form of an answer agree.
    """
    bits = int.from_bytes(hashlib.shake_256(text.encode()).digest(size // 8 + 1))
    magnitude = round(size**-0.5, 6)
    return [magnitude if bits >> place & 1 else -magnitude for place in range(size)]

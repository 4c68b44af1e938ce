"""Uses a client library against a gateway, in the client's own environment; imports none of ours.

`python client_inside.py JSON` prints `{"<use> <sync|async>": "<result>"}` as JSON. JSON has
`module` and `url`, the `headers` of every request, `model`, and the `embedding` model.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
from typing import Any

OK, ABSENT = "ok", "not offered"
LIMIT_S = 90.0  # an error costs some releases seconds of processor time
# Garbage-collected while it is open, a client could take the socket of the next one with it.
KEPT: list[Any] = []
WORDS = "Say hello."
SAID = [{"role": "user", "content": WORDS}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
STRICT = {
    "type": "function",
    "function": {
        "name": "weather",
        "strict": True,
        "parameters": {**PARAMETERS, "additionalProperties": False},
    },
}


class Wrong(Exception):  # noqa: N818 - what a caller finds, and no error of the client's
    """An answer came, and it is not what was asked for."""


class Absent(Exception):  # noqa: N818 - as above
    """The client library has no such function."""


async def value(found: Any) -> Any:
    """Return a result, whichever kind of client gave it."""
    return await found if inspect.isawaitable(found) else found


async def pieces(stream: Any) -> list[Any]:
    """Return all that a stream yields."""
    if hasattr(stream, "__aiter__"):
        return [each async for each in stream]
    return list(stream)


def require(*, holds: bool, otherwise: str) -> None:
    """Raise `Wrong` unless something holds."""
    if not holds:
        raise Wrong(otherwise)


class Uses:
    """What a caller does with a client; each method is one use, and raises if it fails."""

    def __init__(self, client: Any, told: dict[str, Any]) -> None:
        """Use a client, synchronous or not, with the models that are told."""
        self.client = client
        self.told = told

    async def chat(self, messages: list[Any] | None = None, **fields: Any) -> Any:
        """Ask for one completion."""
        fields = {"model": self.told["model"], **fields}
        return await value(self.client.chat.completions.create(messages=messages or SAID, **fields))

    async def list_models(self) -> None:
        """`models.list()` has the model."""
        found = await value(self.client.models.list())
        listed = found.data if hasattr(found, "data") else await pieces(found)
        names = [getattr(each, "id", None) or getattr(each, "identifier", "") for each in listed]
        require(holds=self.told["model"] in names, otherwise=f"listed: {names}")

    async def retrieve_model(self) -> None:
        """`models.retrieve()` returns the model."""
        found = await value(self.client.models.retrieve(self.told["model"]))
        name = getattr(found, "id", None) or getattr(found, "identifier", "")
        require(holds=name == self.told["model"], otherwise=f"retrieved: {name}")

    async def plain(self) -> None:
        """A chat has words and usage."""
        answer = await self.chat()
        words = answer.choices[0].message.content
        require(holds=bool(words) and answer.usage.total_tokens > 0, otherwise="no words, or usage")

    async def streamed(self) -> None:
        """A streamed chat has words and a finish reason."""
        chunks = await pieces(await self.chat(stream=True))
        choices = [choice for chunk in chunks for choice in chunk.choices]
        words = "".join(choice.delta.content or "" for choice in choices)
        ended = [choice.finish_reason for choice in choices if choice.finish_reason]
        require(holds=bool(words) and ended == ["stop"], otherwise=f"finish reasons: {ended}")

    async def streamed_tools(self) -> None:
        """The fragments of a streamed tool call, put together, are one call with JSON arguments."""
        chunks = await pieces(await self.chat(stream=True, tools=[WEATHER]))
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        calls = [call for delta in deltas for call in delta.tool_calls or []]
        text = "".join((call.function and call.function.arguments) or "" for call in calls)
        require(holds="city" in json.loads(text or "{}"), otherwise=f"arguments: {text}")

    async def stream_helper(self) -> None:
        """The SDK's `stream()` puts tool calls together and parses their arguments."""
        helper = self._helper("stream")
        manager = helper(model=self.told["model"], messages=SAID, tools=[STRICT])
        if hasattr(manager, "__aenter__"):
            async with manager as stream:
                await pieces(stream)
                final = await stream.get_final_completion()
        else:
            with manager as stream:
                await pieces(stream)
                final = stream.get_final_completion()
        function = final.choices[0].message.tool_calls[0].function
        require(holds="city" in json.loads(function.arguments), otherwise=f"{function}")

    async def tool_loop(self) -> None:
        """A tool is called, its result sent back, and an answer comes."""
        first = (await self.chat(tools=[WEATHER])).choices[0].message
        call = first.tool_calls[0]
        asked = {"name": call.function.name, "arguments": call.function.arguments}
        turn = {"id": call.id, "type": "function", "function": asked}
        turns = [
            *SAID,
            {"role": "assistant", "content": "", "tool_calls": [turn]},
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
        ]
        last = (await self.chat(turns, tools=[WEATHER])).choices[0]
        require(holds=bool(last.message.content), otherwise=f"{last.finish_reason}")

    async def structured_helper(self) -> None:
        """The SDK's `parse()` returns an object of the caller's class."""
        from pydantic import BaseModel  # noqa: PLC0415 - is the client's, and not ours

        class Day(BaseModel):
            name: str
            hours: int

        parse = self._helper("parse")
        answer = await value(parse(model=self.told["model"], messages=SAID, response_format=Day))
        require(holds=isinstance(answer.choices[0].message.parsed, Day), otherwise="no object")

    async def embeddings(self) -> None:
        """`embeddings.create()` returns a vector of numbers."""
        create = self.client.embeddings.create
        answer = await value(create(model=self.told["embedding"], input=WORDS))
        vector = answer.data[0].embedding
        require(holds=len(vector) > 1 and isinstance(vector[0], float), otherwise="no vector")

    async def unknown_model(self) -> None:
        """A model of no provider is a `NotFoundError` with status 404."""
        await self._refused(("NotFoundError",), (404,), model="nobody/none")

    async def wrong_key(self) -> None:
        """A key that the vendor refuses is an `AuthenticationError` with status 401."""
        self.client = client_of(self.told | {"headers": self.told["wrong"]})
        await self._refused(("AuthenticationError", "UnauthorizedError"), (401,))

    async def bad_request(self) -> None:
        """A role that does not exist is a `BadRequestError` (400) or the like of it (422)."""
        messages = [{"role": "nobody", "content": WORDS}]
        await self._refused(("BadRequestError", "UnprocessableEntityError"), (400, 422), messages)

    async def _refused(
        self,
        kinds: tuple[str, ...],
        statuses: tuple[int, ...],
        messages: list[Any] | None = None,
        **more: Any,
    ) -> None:
        try:
            await self.chat(messages, **more)
        except Exception as error:
            name, status = type(error).__name__, getattr(error, "status_code", None)
            # Of ogx-client from 1.2 on they are called so.
            called = name.removesuffix("Exception") + "Error" * name.endswith("Exception")
            if called in kinds and status in statuses:
                return
            raise Wrong(f"{name} {status or ''}".strip()) from error
        raise Wrong("answered")

    def _helper(self, name: str) -> Any:
        completions = self.client.chat.completions
        if not hasattr(completions, name):
            beta = getattr(self.client, "beta", None)
            completions = getattr(getattr(beta, "chat", None), "completions", None)
        if not hasattr(completions, name):
            raise Absent
        return getattr(completions, name)


USES = [name for name in vars(Uses) if not name.startswith("_") and name != "chat"]


def client_of(told: dict[str, Any]) -> Any:
    """Return a client that is synchronous, or not, as `kind` says."""
    library = importlib.import_module(told["module"])
    prefix = "Async" if told["kind"] == "async" else ""
    names = ("OpenAI", "OgxClient", "LlamaStackClient")
    made = getattr(library, prefix + next(name for name in names if hasattr(library, name)))
    own: dict[str, Any] = {"max_retries": 0, "timeout": LIMIT_S}
    if told["module"] == "openai":
        own |= {"base_url": f"{told['url']}/v1", "api_key": "none"}
    elif "max_retries" in inspect.signature(made).parameters:
        own |= {"base_url": told["url"]}
    else:  # from ogx-client 1.2 on it is of another make, and knows neither
        own = {"configuration": told["url"]}
    KEPT.append(made(default_headers=told["headers"], **own))
    return KEPT[-1]


async def result(use: str, told: dict[str, Any]) -> str:
    """Return what comes of one use: `ok`, or what a caller sees instead.

    The client is a new one: what comes of a use must not depend on the one before it. It ends
    with the process; closing it raises in some versions of ogx-client.
    """
    client = client_of(told)
    try:
        async with asyncio.timeout(LIMIT_S):
            await getattr(Uses(client, told), use)()
    except Absent:
        return ABSENT
    except Wrong as error:
        return f"wrong: {error}"[:90]
    except Exception as error:  # noqa: BLE001 - whatever a caller would see
        status = getattr(error, "status_code", "")
        return f"{type(error).__name__} {status}".strip()
    return OK


async def results(told: dict[str, Any]) -> dict[str, str]:
    """Return the result of every use, by both kinds of client."""
    found = {}
    for kind in ("sync", "async"):
        for use in USES:
            found[f"{use.replace('_', '-')} {kind}"] = await result(use, told | {"kind": kind})
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(results(json.loads(sys.argv[1])))))  # noqa: T201 - read by the suite
